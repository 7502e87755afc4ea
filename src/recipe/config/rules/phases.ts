import type { Mistake } from '../codec/mistake.ts'
import type { RunSettings } from '../settings/run-settings.ts'

const learning = ['sft', 'rl', 'evaluation'] as const

/** What a run must have besides its phases: records, a policy, a folder of media. */
export const phaseRules = (given: RunSettings): readonly Mistake[] => {
  const { annotation, sft, rl, evaluation, records, policy, teacher, module, media } = given
  const own = module !== undefined
  const missing = (path: readonly string[], says: string): readonly Mistake[] => [{ path, says }]
  const withoutRecords = (phase: string, has: boolean, set: unknown): readonly Mistake[] =>
    has && set === undefined && records === undefined && !own
      ? missing([phase], 'has no records: give records in it, or for all phases beside it')
      : []
  const needsPolicy = learning.find(phase => given[phase] !== undefined)
  return [
    ...(annotation === undefined && needsPolicy === undefined
      ? missing([], 'there is no phase: write annotation, sft, rl or evaluation')
      : []),
    ...(media?.root === undefined && !own
      ? missing(['media', 'root'], 'is missing: give the folder that the paths of records start from')
      : []),
    ...withoutRecords('annotation', annotation !== undefined, annotation?.records),
    ...withoutRecords('rl', rl !== undefined, rl?.records),
    ...withoutRecords('evaluation', evaluation !== undefined, evaluation?.records),
    ...(sft !== undefined && annotation === undefined && sft.records === undefined
      ? missing(['sft'], 'has no chains: give records with their outputs in it, or an annotation that makes them')
      : []),
    ...(sft?.records !== undefined && annotation !== undefined
      ? missing(['sft', 'records'], 'stands beside annotation, whose chains SFT learns: leave one of them away')
      : []),
    ...(needsPolicy !== undefined && policy === undefined && !own
      ? missing([needsPolicy], 'needs a policy: give policy.checkpoint, or policy.tiny to try it out')
      : []),
    ...(annotation !== undefined && teacher === undefined && !own
      ? missing(['annotation'], 'needs a teacher: give teacher, such as scripted or claude:MODEL')
      : []),
    ...(rl?.watch !== undefined &&
    rl.watch.records === undefined &&
    evaluation === undefined &&
    records === undefined &&
    !own
      ? missing(['rl', 'watch'], 'has no records to look at: give records in it, or an evaluation')
      : []),
  ]
}
