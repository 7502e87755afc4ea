import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import { cotRecord } from '../../../dataset/index.ts'
import type { Fault } from '../../../flow/index.ts'
import type { Judge } from '../../../teacher/index.ts'
import type { Annotation, Teachers } from '../../annotation.ts'
import { armRuns } from '../../arm-runs.ts'
import type { FineTuning } from '../../fine-tuning.ts'
import type { Completions, Evaluation, Grading } from '../../grading.ts'
import type { ModuleParts } from '../../module.ts'
import type { Arm, Reinforcement } from '../../reinforcement.ts'
import type { Split } from '../../split.ts'
import type { RecordsSetting } from '../settings/data.ts'
import type { EvaluationSetting, RlSetting, SftSetting } from '../settings/phases.ts'
import type { RunSettings } from '../settings/run-settings.ts'
import { armsOf, defaultMaxTokens } from './arms.ts'
import { graderOf } from './grading.ts'
import { normaliserOf } from './normaliser.ts'
import { type Place, pathAt } from './place.ts'
import { questionOf } from './policy.ts'
import { chainSplitOf, splitOfSetting } from './records.ts'
import { scheduleOf } from './schedule.ts'
import { annotatorOf, judgeOf, type TeacherParts } from './teachers.ts'
import { chainTags, type TemplateParts } from './template.ts'
import { workersOf } from './workers.ts'

/** What every phase of a configuration is made with. */
export interface PhaseParts extends TemplateParts {
  /** What the run is called. */
  readonly name: string
  readonly place: Place
  /** Folder of the run. */
  readonly directory: string
  readonly settings: RunSettings
  /** What a module makes. */
  readonly module: ModuleParts
  readonly judge?: Judge
  readonly env?: TeacherParts['env']
}

/** Records of a phase: its own, those that a module makes, or those of the whole configuration. */
const recordsOf = (
  { place, settings, module }: PhaseParts,
  own: RecordsSetting | undefined,
  name: keyof NonNullable<ModuleParts['records']>,
): Split => {
  const given = own ?? settings.records
  if (own !== undefined) return splitOfSetting(place, own)
  return module.records?.[name] ?? splitOfSetting(place, given ?? [''])
}

/** Completions as they are sampled where the configuration says nothing: VideoP2R's. */
const usual: Completions = { count: 8, maxTokens: defaultMaxTokens, temperature: 1, topP: 0.95 }
/** How policies are asked in an evaluation. */
const usualAsked: Omit<Completions, 'count'> = { maxTokens: 1024, temperature: 0.01, topP: 0.001 }

/** Settings without those that are not given. */
const given = <A extends object>(values: A): { readonly [K in keyof A]: Exclude<A[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof A]: Exclude<A[K], undefined>
  }

type Sampled = NonNullable<RlSetting['sampling']>

/** How something is sampled: a temperature that is given stands alone, without the usual bounds of the nucleus. */
const sampled = <A extends Sampled>(values: A, normal: Omit<Completions, 'count'>): Omit<Completions, 'count'> => {
  const { maxTokens, temperature, topP, topK, minP, repetitionPenalty } = values
  const { topP: nucleus, ...rest } = normal
  const own = given({ maxTokens, temperature, topP, topK, minP, repetitionPenalty })
  return { ...(temperature === undefined ? normal : { ...rest }), ...own }
}

/** The data phase. */
export const annotationOf = (parts: PhaseParts): Annotation<string> | undefined => {
  const { settings, template, module, directory, place, env } = parts
  const { annotation, teacher = '' } = settings
  if (annotation === undefined) return undefined
  const { inFlight, threshold, tags } = annotation
  const prompt = questionOf({ ...parts, prompt: parts.guide === undefined ? 'question' : 'guide' })
  const who: TeacherParts = { place, directory, ...(env === undefined ? {} : { env }) }
  const named: TE.TaskEither<Fault, Teachers> = F.pipe(
    annotatorOf(who, teacher),
    TE.bindTo('annotator'),
    TE.bind('judge', () => judgeOf(who, settings.judge)),
    TE.map(({ annotator, judge }) => ({ annotator, prompt, ...(judge === undefined ? {} : { judge }) })),
  )
  const workers = workersOf(place, parts.name, settings)
  return {
    records: recordsOf(parts, annotation.records, 'data'),
    teachers: module.teachers ?? named,
    tags: chainTags(template, tags),
    codec: cotRecord,
    ...given({ inFlight, threshold, workers }),
  }
}

/** Chains of a step where the configuration says nothing, and the rate: Video-R1's. */
const usualSft = { batch: 16, rate: 1e-6 }

/** Fine-tuning. */
export const fineTuningOf = ({ place }: PhaseParts, sft: SftSetting | undefined): FineTuning | undefined => {
  if (sft === undefined) return undefined
  const { steps, batch = usualSft.batch, rate = usualSft.rate, records, from } = sft
  return {
    steps,
    batch,
    rate: scheduleOf(sft)(rate, steps),
    ...(records === undefined ? {} : { chains: chainSplitOf(place, records) }),
    ...(from === undefined ? {} : { start: pathAt(place, from) }),
  }
}

/** Questions of an update where the configuration says nothing, and the highest rate. */
const usualRl = { prompts: 7, rate: 1e-6 }

const armOf = (rl: RlSetting): readonly Arm<string>[] =>
  armsOf(rl).map(({ name, title, normaliser, loss, rate = rl.rate ?? usualRl.rate, seed }) => ({
    ...{ name, title, loss, rate, ...normaliserOf(normaliser) },
    schedule: scheduleOf(rl),
    ...(seed === undefined ? {} : { seed }),
  }))

/** Reinforcement, but for its rewards. */
export const reinforcementOf = (parts: PhaseParts, rl: RlSetting): Omit<Reinforcement<string, string>, 'rewards'> => {
  const {
    updates,
    prompts = usualRl.prompts,
    completions = usual.count,
    from,
    reference,
    watch,
    keptGroups,
    seeds,
    atOnce,
  } = rl
  const { evaluation } = parts.settings
  return {
    records: recordsOf(parts, rl.records, 'rl'),
    arms: armOf(rl),
    updates,
    prompts,
    sampling: { ...sampled(rl.sampling ?? {}, usual), count: completions },
    ...(from === undefined ? {} : { start: pathAt(parts.place, from) }),
    ...given({ reference, keptGroups, seeds, atOnce }),
    ...(watch === undefined
      ? {}
      : { watch: { every: watch.every, records: recordsOf(parts, watch.records ?? evaluation?.records, 'watch') } }),
  }
}

/** How policies are looked at. */
export const gradingOf = (parts: PhaseParts): Grading<string, string> => {
  const { settings, template, module, judge } = parts
  const { evaluation = {}, annotation } = settings
  const { atOnce } = evaluation
  return {
    grade:
      module.grade ??
      graderOf({ template, tags: chainTags(template, annotation?.tags), ...(judge === undefined ? {} : { judge }) }),
    sampling: sampled(evaluation, usualAsked),
    ...given({ atOnce }),
  }
}

/** Names of the policies that an arm has, one a run; of others their own. */
const runsNamed = (rl: RlSetting | undefined, name: string): readonly string[] => {
  const runs = rl === undefined ? [] : armRuns({ ...rl, arms: armsOf(rl) }, 0).filter(({ of }) => of.name === name)
  return runs.length === 0 ? [name] : runs.map(({ run }) => run.name)
}

const checkpointNamed = (directory: string, name: string): string | undefined =>
  name === 'base' ? undefined : join(directory, 'checkpoints', name)

/** The evaluation. */
export const evaluationOf = (parts: PhaseParts, evaluation: EvaluationSetting | undefined): Evaluation | undefined => {
  if (evaluation === undefined) return undefined
  const { of, again, policiesAtOnce } = evaluation
  return {
    records: recordsOf(parts, evaluation.records, 'evaluation'),
    ...(of === undefined
      ? {}
      : {
          policies: of
            .flatMap(name => runsNamed(parts.settings.rl, name))
            .map(name => [name, checkpointNamed(parts.directory, name)] as const),
        }),
    ...(again === undefined ? {} : { again: sampled(again, { ...usualAsked, temperature: 1 }) }),
    ...given({ policiesAtOnce }),
  }
}
