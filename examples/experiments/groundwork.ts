import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from 'kinograd/flow'
import { type FineTuning, performRecipe, type Recipe, type RunSummary } from 'kinograd/recipe'
import { mainJob } from '../videop2r/job.ts'
import type { Place } from './experiment.ts'
import { keyOf } from './key.ts'

type MainRecipe = Recipe<string, string>

/** A world, its chains and a policy that was fine-tuned on them, in a folder of the cache. */
export interface Groundwork {
  readonly seed: number
  readonly key: string
  readonly directory: string
  /** The main job's recipe over that folder. */
  readonly recipe: MainRecipe
  /** Folder of the fine-tuned checkpoint. */
  readonly checkpoint: string
  /** With the policies `base` and `sft`. */
  readonly summary: RunSummary
}

/** Another fine-tuning than the main job's, under a name of its own. */
export interface Variant {
  readonly name: string
  readonly change: (recipe: MainRecipe) => MainRecipe
}

const plain: Variant = { name: 'sft', change: recipe => recipe }

/**
 * The groundwork of a seed: made once for all experiments, and gone on with where it was stopped. Its key holds sizes, backend and
 * variant, so that a changed preset makes another one.
 */
export const groundworkOf = (
  { preset, backend, cache, signal, status }: Place,
  seed: number,
  variant: Variant = plain,
): TE.TaskEither<Fault, Groundwork> => {
  const { world, sft } = preset
  const key = `${variant.name}-${seed}-${keyOf({ world, sft, backend })}`
  const directory = join(cache, key)
  return F.pipe(
    mainJob({ directory, preset, seed, backend }),
    TE.bindTo('main'),
    TE.bind('summary', ({ main: { recipe } }) => {
      const { rl: _, minutes: __, ...rest } = recipe
      const { rl: ___, ...settings } = Object(rest.settings.config)
      const changed = variant.change({
        ...rest,
        title: `Groundwork ${key}`,
        settings: { ...rest.settings, config: settings, variant: variant.name },
      })
      return performRecipe(changed, { resume: true, backend, signal, ...(status === undefined ? {} : { status }) })
    }),
    TE.map(({ main: { recipe }, summary }) => ({
      ...{ seed, key, directory, recipe, summary },
      checkpoint: join(directory, 'checkpoints', 'sft'),
    })),
  )
}

/** Fine-tuning of the main job with other chains. */
export const withChains =
  (chains: NonNullable<FineTuning['chains']>) =>
  (recipe: MainRecipe): MainRecipe =>
    recipe.sft === undefined ? recipe : { ...recipe, sft: { ...recipe.sft, chains } }
