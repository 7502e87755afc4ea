import type { LossBatch } from './batch.ts'
import { type ImportanceOptions, type ImportanceSampling, importanceSampling } from './weights.ts'

/** The weights of all tokens of a batch, one sequence after the other, and their metrics. */
interface FlatImportance extends Pick<ImportanceSampling, 'metrics'> {
  readonly weights: Float64Array
}

/** What the trainer says of each token: the old log-probabilities, and the current ones where there are none. */
const trainerLogprobs = (
  oldLogprobs: LossBatch['oldLogprobs'],
  logprobs: readonly Float64Array[],
): readonly Float64Array[] =>
  oldLogprobs === undefined
    ? logprobs
    : logprobs.map((row, b) =>
        row.map((current, t) => {
          const old = oldLogprobs[b]![t]!
          return Number.isNaN(old) ? current : old
        }),
      )

/** Importance-sampling weights of a batch whose shapes were checked; 1 where the sampler said nothing. */
export const importanceOf = (
  options: ImportanceOptions,
  { oldLogprobs, samplingLogprobs, mask }: LossBatch,
  logprobs: readonly Float64Array[],
): FlatImportance => {
  const trainer = trainerLogprobs(oldLogprobs, logprobs)
  const { weights, metrics } = importanceSampling(trainer, samplingLogprobs ?? trainer, options, mask)
  const flat = new Float64Array(weights.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const row of weights) {
    flat.set(row, at)
    at += row.length
  }
  return { weights: flat, metrics }
}
