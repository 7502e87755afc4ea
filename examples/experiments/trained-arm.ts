import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import { type Fault, fault } from 'kinograd/flow'
import { type Arm, type PolicySummary, performRecipe, type Recipe, type RunSummary } from 'kinograd/recipe'
import type { Place } from './experiment.ts'
import { type Groundwork, groundworkOf } from './groundwork.ts'
import { keyOf } from './key.ts'

type MainRecipe = Recipe<string, string>
type Rl = NonNullable<MainRecipe['rl']>

/** An arm that experiments train from a groundwork. */
export interface ArmSpec {
  /** Names what it is, for people and folders; two that differ have two names. */
  readonly name: string
  readonly title: string
  /** The main job's arm that it is made of: its rate and normaliser are those of it, where nothing else is said. */
  readonly like: 'grpo' | 'sum' | 'paGrpo'
  readonly arm?: Partial<Arm<string>>
  /** Other rewards than the main job's. */
  readonly rewards?: (rewards: Rl['rewards'], seed: number) => Rl['rewards']
  /** Whether it starts from the untrained policy. */
  readonly untuned?: boolean
}

/** What an arm came to: the policy on the test split, how it learned, and where its logs lie. */
export interface TrainedArm {
  readonly seed: number
  readonly policy: PolicySummary
  readonly run: NonNullable<RunSummary['runs'][string]>
  readonly directory: string
  readonly checkpoint: string
}

const missing = (name: string): Fault =>
  fault('NoArm', `the main job has no arm ${name}`, 'This is a fault of the experiment; please report it.')

/** The recipe of one arm alone, from the checkpoint of a groundwork. */
const recipeOf = (
  { recipe, checkpoint, key, seed }: Groundwork,
  spec: ArmSpec,
  arm: Arm<string>,
  rl: Rl,
  directory: string,
): MainRecipe => {
  const { groundwork: _, data: __, sft: ___, minutes: ____, ...rest } = recipe
  const policies = [[arm.name, join(directory, 'checkpoints', arm.name)]] as const
  const { updates, prompts, sampling } = rl
  return {
    ...rest,
    title: `${spec.title}, seed ${seed}`,
    directory,
    settings: { groundwork: key, arm: spec.name, rate: arm.rate, updates, prompts, sampling },
    rl: {
      ...rl,
      seeds: 1,
      arms: [arm],
      rewards: spec.rewards?.(rl.rewards, seed) ?? rl.rewards,
      ...(spec.untuned === true ? {} : { start: checkpoint }),
    },
    ...(rest.evaluation === undefined ? {} : { evaluation: { ...rest.evaluation, policies } }),
  }
}

/** Trains an arm from a groundwork and tests it, once for all experiments; gone on with where it was stopped. */
export const armOf = (place: Place, groundwork: Groundwork, spec: ArmSpec): TE.TaskEither<Fault, TrainedArm> => {
  const { rl } = groundwork.recipe
  const main = rl?.arms.find(({ name }) => name === spec.like)
  if (rl === undefined || main === undefined) return TE.left(missing(spec.like))
  const arm: Arm<string> = { ...main, ...spec.arm, name: spec.name, title: spec.title }
  const { preset, backend, cache, signal, status } = place
  const directory = join(cache, `${spec.name}-from-${groundwork.key}-${keyOf([preset.rl, arm.rate])}`)
  return F.pipe(
    performRecipe(recipeOf(groundwork, spec, arm, rl, directory), {
      ...{ resume: true, backend, signal },
      ...(status === undefined ? {} : { status }),
    }),
    TE.flatMap(({ policies, runs }): TE.TaskEither<Fault, TrainedArm> => {
      const [policy, run] = [policies[arm.name], runs[arm.name]]
      const checkpoint = join(directory, 'checkpoints', arm.name)
      return policy === undefined || run === undefined
        ? TE.left(missing(arm.name))
        : TE.right({ seed: groundwork.seed, policy, run, directory, checkpoint })
    }),
  )
}

/** Arms of every seed of an experiment, one after the other: by name of the arm, in the order of the seeds. */
export const armsOf = (
  place: Place,
  specs: readonly ArmSpec[],
): TE.TaskEither<
  Fault,
  readonly { readonly groundwork: Groundwork; readonly arms: ReadonlyMap<string, TrainedArm> }[]
> =>
  TE.traverseSeqArray((seed: number) =>
    F.pipe(
      groundworkOf(place, seed),
      TE.bindTo('groundwork'),
      TE.bind('arms', ({ groundwork }) =>
        F.pipe(
          specs,
          TE.traverseSeqArray(spec =>
            TE.map((arm: TrainedArm) => [spec.name, arm] as const)(armOf(place, groundwork, spec)),
          ),
          TE.map(all => new Map(all)),
        ),
      ),
    ),
  )(place.seeds)
