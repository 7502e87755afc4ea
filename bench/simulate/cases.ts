import type { Distribution } from 'kinograd/simulation'

/** A configuration of which an update is timed. */
export interface Case {
  readonly name: string
  readonly prompts: number
  readonly completions: number
  /** Batches under way at once. */
  readonly width: number
  readonly updates: number
  /** A judge of every completion that waits; those of a question are asked for together, question after question. */
  readonly judge?: { readonly seconds: Distribution; readonly atOnce: number }
}

const slow = (median: number): Distribution => ({ kind: 'lognormal', median, sigma: 0.4 })

/** What the model is calibrated on: several sizes of batch and of group, one batch at a time, a judge that answers at once. */
export const calibration: readonly Case[] = [
  { name: 'small', prompts: 2, completions: 4, width: 1, updates: 16 },
  { name: 'many-questions', prompts: 8, completions: 4, width: 1, updates: 16 },
  { name: 'large-groups', prompts: 3, completions: 12, width: 1, updates: 16 },
  { name: 'both', prompts: 8, completions: 8, width: 1, updates: 16 },
]

/** What it is checked on: other sizes, other widths, judges that take their time. */
export const heldOut: readonly Case[] = [
  {
    ...{ name: 'slow-judge', prompts: 3, completions: 8, width: 1, updates: 12 },
    judge: { seconds: slow(0.8), atOnce: 64 },
  },
  {
    ...{ name: 'limited-judge', prompts: 4, completions: 6, width: 1, updates: 12 },
    judge: { seconds: slow(0.3), atOnce: 2 },
  },
  {
    ...{ name: 'two-at-once', prompts: 4, completions: 6, width: 2, updates: 16 },
    judge: { seconds: slow(0.8), atOnce: 64 },
  },
  {
    ...{ name: 'four-at-once', prompts: 4, completions: 4, width: 4, updates: 24 },
    judge: { seconds: slow(1.2), atOnce: 64 },
  },
  { name: 'five-questions', prompts: 5, completions: 10, width: 1, updates: 16 },
]
