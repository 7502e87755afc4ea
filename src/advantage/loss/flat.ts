import type { LossBatch } from './batch.ts'
import type { PerToken } from './objective.ts'

/** A batch laid out as one row of tokens: sequence b is starts[b] … starts[b + 1). */
export interface Flat {
  readonly sequences: number
  readonly starts: Int32Array
  /** What `load` put there; so are `old` and `sampling` where the batch has none of its own. */
  readonly logprobs: Float64Array
  readonly old: Float64Array
  readonly advantages: Float64Array
  readonly reference: Float64Array | null
  readonly weights: Float64Array | null
  readonly sampling: Float64Array
  /** 1 where a token counts, and how many do in each sequence. */
  readonly counted: Uint8Array
  readonly lengths: Int32Array
}

const copyRows = (rows: PerToken, starts: Int32Array, out: Float64Array): Float64Array => {
  for (let b = 0; b < rows.length; b++) out.set(rows[b] as ArrayLike<number>, starts[b])
  return out
}

/** Lays out a batch whose shapes were checked. Copies every array once, with room for the log-probabilities. */
export const flatten = (batch: LossBatch): Flat => {
  const sequences = batch.advantages.length
  const starts = new Int32Array(sequences + 1)
  for (const [b, row] of batch.advantages.entries()) starts[b + 1] = (starts[b] as number) + row.length
  const tokens = starts[sequences] as number
  const row = (given: PerToken): Float64Array => copyRows(given, starts, new Float64Array(tokens))
  const logprobs = new Float64Array(tokens)
  const old = batch.oldLogprobs === undefined ? logprobs : row(batch.oldLogprobs)
  const mask = batch.mask === undefined ? null : row(batch.mask)
  const counted = new Uint8Array(tokens)
  const lengths = new Int32Array(sequences)
  for (let b = 0; b < sequences; b++)
    for (let i = starts[b] as number; i < (starts[b + 1] as number); i++)
      if (mask === null || mask[i] !== 0) {
        counted[i] = 1
        lengths[b] = (lengths[b] as number) + 1
      }
  return {
    sequences,
    starts,
    logprobs,
    old,
    advantages: row(batch.advantages),
    reference: batch.refLogprobs === undefined ? null : row(batch.refLogprobs),
    weights: batch.weights === undefined ? null : row(batch.weights),
    sampling: batch.samplingLogprobs === undefined ? old : row(batch.samplingLogprobs),
    counted,
    lengths,
  }
}

/** Puts the log-probabilities in their place. */
export const load = ({ starts, logprobs }: Flat, rows: readonly Float64Array[]): void => {
  copyRows(rows, starts, logprobs)
}

/** One array a sequence again, as views. */
export const unflatten = ({ sequences, starts }: Flat, values: Float64Array): readonly Float64Array[] =>
  Array.from({ length: sequences }, (_, b) => values.subarray(starts[b], starts[b + 1]))
