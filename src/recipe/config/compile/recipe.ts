import { basename, extname, join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../../flow/index.ts'
import type { FoundDecoder } from '../../../media/index.ts'
import { noLength } from '../../../reward/index.ts'
import type { ModuleParts } from '../../module.ts'
import type { RecipePolicy } from '../../policy.ts'
import type { Recipe } from '../../recipe.ts'
import type { Mistake } from '../codec/mistake.ts'
import type { RunSettings } from '../settings/run-settings.ts'
import { mediaOf } from './media.ts'
import { moduleParts } from './module.ts'
import { moduleDigests } from './module-digests.ts'
import { annotationOf, evaluationOf, fineTuningOf, gradingOf, type PhaseParts, reinforcementOf } from './phases.ts'
import { pathAt } from './place.ts'
import { checkpointPolicy, type PolicyParts } from './policy.ts'
import { policyOptions } from './policy-options.ts'
import { chainsOf, questionsOf } from './records.ts'
import { remoteMistakes, remotePolicy } from './remote.ts'
import { rewardsOf } from './rewards.ts'
import { judgeOf, type TeacherParts } from './teachers.ts'
import { tagsOf, templateParts } from './template.ts'
import { writeTiny } from './tiny.ts'
import { sampledByVllm, vllmMistakes } from './vllm.ts'

/** What a configuration is made a recipe with. */
export interface CompileParts extends Pick<TeacherParts, 'place' | 'directory' | 'env'> {
  /** The configuration's file, which the run is called after. */
  readonly file: string
}

/** A recipe of a configuration, and what the plan says of it. */
export interface Compiled {
  readonly recipe: Recipe<string, string>
  readonly decoder: FoundDecoder
}

/** What is wrong with the settings, or what stands in the way. */
export type CompileFault = readonly Mistake[] | Fault

/** What a run is called. */
export const nameOf = ({ name }: RunSettings, file: string): string => name ?? basename(file, extname(file))

const wrong = (mistakes: readonly Mistake[]): CompileFault => mistakes
const cannot = (fault: Fault): CompileFault => fault

/** The policy of a configuration: a checkpoint's folder, or a random one that is written into the run's folder first. */
const policyOf = (parts: PhaseParts): TE.TaskEither<Fault, RecipePolicy> => {
  const { settings, place, directory, template, guide, module } = parts
  if (module.policy !== undefined) return module.policy
  const { policy = {}, prompt = 'guide', media, backend, seed = 0, records, sft, rl, evaluation, annotation } = settings
  const how: PolicyParts = {
    template,
    media,
    prompt,
    options: policyOptions(policy, backend),
    ...(guide === undefined ? {} : { guide }),
  }
  if (policy.engine !== undefined) return remotePolicy(place, policy, how)
  const ofFolder = (folder: string): TE.TaskEither<Fault, RecipePolicy> =>
    F.pipe(checkpointPolicy(folder, how), TE.flatMap(sampledByVllm(place, policy, folder)))
  if (policy.checkpoint !== undefined) return ofFolder(pathAt(place, policy.checkpoint))
  const sets = [records, annotation?.records, rl?.records, evaluation?.records].flatMap(set =>
    set === undefined ? [] : [set],
  )
  const chains = sft?.records === undefined ? [] : [chainsOf(place, sft.records)]
  return F.pipe(
    writeTiny({
      folder: join(directory, 'checkpoints', 'tiny'),
      setting: policy.tiny ?? true,
      seed,
      records: [...chains, ...sets.map(set => questionsOf(place, set))],
      texts: tagsOf(template).map(tag => `<${tag}></${tag}>`),
    }),
    TE.flatMap(ofFolder),
  )
}

const withoutWorkers = <A extends Pick<RunSettings, 'annotation'>>(settings: A): A => {
  if (settings.annotation === undefined) return settings
  const { workers: _, ...annotation } = settings.annotation
  return { ...settings, annotation }
}

const oneByOne = <A extends Pick<RunSettings, 'rl' | 'evaluation'>>(settings: A): A => {
  const { atOnce: _, ...rl } = settings.rl ?? {}
  const { policiesAtOnce: __, ...evaluation } = settings.evaluation ?? {}
  return {
    ...settings,
    ...(settings.rl === undefined ? {} : { rl }),
    ...(settings.evaluation === undefined ? {} : { evaluation }),
  }
}

/**
 * Settings that must be the same when a run is resumed: where it lies, what may fail, who annotates, and how many runs of arms or
 * policies are done at once, may be another.
 */
const kept = (
  { out: _, tolerate: __, ...rest }: RunSettings,
  modules: Readonly<Record<string, string>>,
): Readonly<Record<string, unknown>> => ({
  config: oneByOne(withoutWorkers(rest)),
  ...(Object.keys(modules).length === 0 ? {} : { modules }),
})

const recipeOf = (parts: PhaseParts, { file }: CompileParts): TE.TaskEither<CompileFault, Compiled> => {
  const { settings, place, directory, template, module, judge } = parts
  const { rl, media, tolerate, seed = 0, sft, evaluation } = settings
  const grading = evaluation !== undefined || rl?.watch !== undefined ? gradingOf(parts) : undefined
  const [data, tuning, tested] = [annotationOf(parts), fineTuningOf(parts, sft), evaluationOf(parts, evaluation)]
  return F.pipe(
    TE.mapLeft(cannot)(mediaOf(place, media, module.root)),
    TE.bindTo('seen'),
    TE.bind('digests', () => TE.fromTask(() => moduleDigests(place, settings))),
    TE.bind('rewards', () =>
      rl === undefined
        ? TE.right(undefined)
        : TE.mapLeft(wrong)(rewardsOf({ place, template, ...(judge === undefined ? {} : { judge }) }, rl)),
    ),
    TE.map(({ seen, digests, rewards }) => ({
      decoder: seen.found,
      recipe: {
        title: nameOf(settings, file),
        directory,
        settings: kept(settings, digests),
        seed,
        template,
        media: seen.media,
        policy: policyOf(parts),
        ...(tolerate === undefined ? {} : { tolerate }),
        ...(module.groundwork === undefined ? {} : { groundwork: module.groundwork }),
        ...(module.preset === undefined ? {} : { preset: module.preset }),
        ...(module.bytes === undefined ? {} : { bytes: module.bytes }),
        ...(data === undefined ? {} : { data }),
        ...(tuning === undefined ? {} : { sft: tuning }),
        ...(rl === undefined || rewards === undefined
          ? {}
          : { rl: { ...reinforcementOf(parts, rl), rewards: withModule(rewards, module) } }),
        ...(grading === undefined ? {} : { grading }),
        ...(tested === undefined ? {} : { evaluation: tested }),
      },
    })),
  )
}

type Rewards = NonNullable<Recipe<string, string>['rl']>['rewards']

/** Rewards of a module in the places of those that it makes. */
const withModule = (rewards: Rewards, { accuracy = {}, extra = {} }: ModuleParts): Rewards => ({
  ...rewards,
  accuracy: { ...rewards.accuracy, ...accuracy },
  extra: { ...rewards.extra, ...extra },
  length: {
    ...Object.fromEntries(Object.keys(accuracy).map(process => [process, noLength] as const)),
    ...rewards.length,
  },
})

/**
 * Makes the recipe that settings describe; they have passed the rules between them. Files of the user's that are named as modules are
 * run. Left: mistakes that only show when a file is opened or a function looked for; `NoKey`, `NoDecoder`.
 */
export const compile = (settings: RunSettings, parts: CompileParts): TE.TaskEither<CompileFault, Compiled> => {
  const { place, directory, env } = parts
  const mistakes = [...remoteMistakes(settings.policy), ...vllmMistakes(settings.policy)]
  if (mistakes.length > 0) return TE.left(mistakes)
  return F.pipe(
    TE.fromEither(E.mapLeft(wrong)(templateParts(settings.template))),
    TE.bindTo('form'),
    TE.bind('module', () => moduleParts(place, settings.module, { directory, seed: settings.seed ?? 0 })),
    TE.bind('judge', () =>
      TE.mapLeft(cannot)(judgeOf({ place, directory, ...(env === undefined ? {} : { env }) }, settings.judge)),
    ),
    TE.flatMap(({ form, module, judge }) =>
      recipeOf(
        {
          ...form,
          ...{ place, directory, settings, module, name: nameOf(settings, parts.file) },
          ...(judge === undefined ? {} : { judge }),
          ...(env === undefined ? {} : { env }),
        },
        parts,
      ),
    ),
  )
}
