import type { Run } from '../run/index.ts'

/** Where a recipe is run: its open folder, the backend that was selected for this process, and what stops it. */
export interface OpenedRecipe {
  readonly run: Run
  /** Name of the tensor backend; `none` where no phase needs one. */
  readonly backend: string
  readonly signal: AbortSignal
}
