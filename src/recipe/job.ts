import type { Run } from '../run/index.ts'
import type { RecipePolicy } from './policy.ts'
import type { Recipe } from './recipe.ts'

/** A recipe whose names and records no phase needs to know. */
export type AnyRecipe = Recipe<string, string>

/** What every phase works with. */
export interface Job {
  readonly recipe: AnyRecipe
  readonly run: Run
  /** Name of the tensor backend; `none` where no phase needs one. */
  readonly backend: string
  readonly signal: AbortSignal
  /** The share of the records of a phase that may fail. */
  readonly tolerate: number
}

/** What the phases with a policy work with. */
export interface PolicyJob extends Job {
  readonly policy: RecipePolicy
}

/** The share of the records of a phase that may fail, when a recipe does not say. */
export const usualTolerance = 0.05

/** Says how far a phase is. */
export const progress = ({ run }: Pick<Job, 'run'>, phase: string, done: number, total: number, note = ''): void =>
  run.status?.progress(phase, done, total, note)
