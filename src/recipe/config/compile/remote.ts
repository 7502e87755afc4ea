import { function as F, taskEither as TE } from 'fp-ts'
import { readKeys, type TinkerOptions, tinkerEngine } from '../../../engine/tinker/index.ts'
import type { Fault } from '../../../flow/index.ts'
import type { RecipePolicy } from '../../policy.ts'
import type { Mistake } from '../codec/mistake.ts'
import type { PolicySetting } from '../settings/policy.ts'
import { type Place, pathAt } from './place.ts'
import { type PolicyParts, policyReader } from './policy.ts'

/** Settings of a policy that this process trains. */
const ofThisMachine = ['frozen', 'checkpointing', 'groupsAtOnce', 'maxTokens'] as const

/** What is missing or of no use where an engine elsewhere is named. */
export const remoteMistakes = (policy: PolicySetting | undefined): readonly Mistake[] => {
  if (policy?.engine === undefined) return []
  const idle = [
    ...ofThisMachine.filter(name => policy[name] !== undefined).map(name => [name]),
    ...(policy.optimiser?.moments === undefined ? [] : [['optimiser', 'moments']]),
  ]
  const without = policy.tokenizer === undefined
  return [
    ...(without
      ? [
          {
            path: ['policy', 'engine'],
            says: 'names an engine elsewhere, whose prompts are made here: give policy.tokenizer, the folder with tokenizer and preprocessor of its model',
          },
        ]
      : []),
    ...idle.map(path => ({
      path: ['policy', ...path],
      says: 'is of a policy on this machine, and policy.engine names one elsewhere',
    })),
    ...(policy.adapter?.targets === undefined
      ? []
      : [{ path: ['policy', 'adapter', 'targets'], says: 'is settled by the server of policy.engine' }]),
  ]
}

/** What of a setting a server is told. The optimiser's defaults are those of a policy on this machine. */
const optionsOf = (
  { engine = '', model, adapter, optimiser }: PolicySetting,
  keys: readonly string[],
): TinkerOptions => ({
  url: engine,
  rank: adapter?.rank ?? 0,
  seed: adapter?.seed ?? 0,
  optimiser: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, clip: 5, ...optimiser },
  ...(model === undefined ? {} : { model }),
  ...(keys[0] === undefined ? {} : { key: keys[0] }),
})

/** An engine elsewhere as the policy of a recipe: prompts are made here, with the tokenizer and preprocessor of its model. */
export const remotePolicy = (
  place: Place,
  setting: PolicySetting,
  parts: PolicyParts,
): TE.TaskEither<Fault, RecipePolicy> =>
  F.pipe(
    policyReader(pathAt(place, setting.tokenizer ?? ''), parts),
    TE.bindTo('reader'),
    TE.bindW('keys', () => (setting.key === undefined ? TE.right([]) : readKeys(pathAt(place, setting.key)))),
    TE.map(({ reader, keys }): RecipePolicy => ({ ...reader, open: () => tinkerEngine(optionsOf(setting, keys)) })),
  )
