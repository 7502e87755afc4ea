import { writeRun } from '../write-run.ts'
import type { LossBatch } from './batch.ts'
import type { PerToken } from './objective.ts'
import { countsIn } from './objective.ts'

/**
 * A batch laid out as one row of tokens: sequence b is starts[b] … starts[b + 1). Every number behind the mask is 0,
 * whatever the batch holds there, so that nothing of it reaches a loss, a gradient or a metric: 0 times NaN is NaN.
 */
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
  /** The runs of tokens that do not count, start and end in turn. */
  readonly hidden: readonly number[]
  /** Counted tokens without an old or a sampling log-probability (NaN): `load` puts the current one there. */
  readonly missing: Missing
}

/** Where log-probabilities are missing, and how many tokens lack one or both. */
interface Missing {
  readonly old: readonly number[]
  readonly sampling: readonly number[]
  readonly tokens: number
}

const copyRows = (rows: PerToken, starts: Int32Array, out: Float64Array): Float64Array => {
  for (let b = 0; b < rows.length; b++) out.set(rows[b]!, starts[b])
  return out
}

/** Where tokens lie behind the mask: the start and the end of one run after the other. */
const hiddenRuns = (counted: Uint8Array): readonly number[] => {
  const borders: number[] = []
  for (let i = 0; i < counted.length; i++) if (counted[i] !== (i === 0 ? 1 : counted[i - 1])) borders.push(i)
  return borders.length % 2 === 0 ? borders : [...borders, counted.length]
}

/** Puts 0 behind the mask. */
const blank = (values: Float64Array, hidden: readonly number[]): Float64Array => {
  for (let r = 0; r < hidden.length; r += 2) writeRun(values, hidden[r]!, hidden[r + 1]!, 0)
  return values
}

/** Where values are NaN. */
const placesOfNaN = (values: Float64Array): readonly number[] => {
  const places: number[] = []
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i]!)) places.push(i)
  return places
}

/** Lays out a batch whose shapes were checked. Copies every array once, with room for the log-probabilities. */
export const flatten = (batch: LossBatch): Flat => {
  const sequences = batch.advantages.length
  const starts = new Int32Array(sequences + 1)
  for (const [b, row] of batch.advantages.entries()) starts[b + 1] = starts[b]! + row.length
  const tokens = starts[sequences]!
  const counts = countsIn(batch.mask)
  const counted = new Uint8Array(tokens)
  const lengths = new Int32Array(sequences)
  for (let b = 0; b < sequences; b++)
    for (let i = starts[b]!; i < starts[b + 1]!; i++)
      if (counts(b, i - starts[b]!)) {
        counted[i] = 1
        lengths[b] = lengths[b]! + 1
      }
  const hidden = hiddenRuns(counted)
  const row = (given: PerToken): Float64Array => blank(copyRows(given, starts, new Float64Array(tokens)), hidden)
  const logprobs = new Float64Array(tokens)
  const old = batch.oldLogprobs === undefined ? logprobs : row(batch.oldLogprobs)
  const sampling = batch.samplingLogprobs === undefined ? old : row(batch.samplingLogprobs)
  const withoutOld = placesOfNaN(old)
  const withoutSampling = sampling === old ? withoutOld : placesOfNaN(sampling)
  return {
    sequences,
    starts,
    logprobs,
    old,
    advantages: row(batch.advantages),
    reference: batch.refLogprobs === undefined ? null : row(batch.refLogprobs),
    weights: batch.weights === undefined ? null : row(batch.weights),
    sampling,
    counted,
    lengths,
    hidden,
    missing: {
      old: withoutOld,
      sampling: withoutSampling,
      tokens: new Set([...withoutOld, ...withoutSampling]).size,
    },
  }
}

/** Puts the log-probabilities in their place, and in that of the missing ones. */
export const load = (
  { starts, logprobs, hidden, old, sampling, missing }: Flat,
  rows: readonly Float64Array[],
): void => {
  blank(copyRows(rows, starts, logprobs), hidden)
  for (const i of missing.old) old[i] = logprobs[i]!
  for (const i of missing.sampling) sampling[i] = logprobs[i]!
}

/** One array a sequence again, as views. */
export const unflatten = ({ sequences, starts }: Flat, values: Float64Array): readonly Float64Array[] =>
  Array.from({ length: sequences }, (_, b) => values.subarray(starts[b], starts[b + 1]))
