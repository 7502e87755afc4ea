import type { Owners } from './owners.ts'

/** How much of a gradient is the same from batch to batch. */
export interface SignalToNoise {
  /** |mean|², less what the noise of `batches` batches adds to it; can be below 0 when there is no signal. */
  readonly signal: number
  /** Summed variance of one batch's gradient. */
  readonly noise: number
  readonly ratio: number
  readonly batches: number
}

/**
 * Signal-to-noise of a gradient from the gradients of several batches drawn from the same state: |mean|² over the
 * variance of one batch. Compare processes and estimators on the same batches: take the gradient of a loss whose
 * `weights` are `onlyProcess(owners, process)`. Null for fewer than two batches. Holds two vectors.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { signalToNoise } from 'kinograd/advantage'
 *
 * assert.deepEqual(signalToNoise([[3, 4], [3, 4]]), { signal: 25, noise: 0, ratio: Infinity, batches: 2 })
 * ```
 */
export const signalToNoise = (gradients: Iterable<ArrayLike<number>>): SignalToNoise | null => {
  let batches = 0
  let mean = new Float64Array(0)
  let squares = new Float64Array(0)
  for (const gradient of gradients) {
    if (batches === 0) {
      mean = new Float64Array(gradient.length)
      squares = new Float64Array(gradient.length)
    }
    if (gradient.length !== mean.length)
      throw new RangeError(`gradient ${batches} has ${gradient.length} entries, the first has ${mean.length}`)
    batches++
    for (let i = 0; i < mean.length; i++) {
      const value = gradient[i]!
      const before = value - mean[i]!
      mean[i] = mean[i]! + before / batches
      squares[i] = squares[i]! + before * (value - mean[i]!)
    }
  }
  if (batches < 2) return null
  const noise = squares.reduce((sum, s) => sum + s / (batches - 1), 0)
  const signal = mean.reduce((sum, m) => sum + m * m, 0) - noise / batches
  return { signal, noise, ratio: noise === 0 ? Number.POSITIVE_INFINITY : signal / noise, batches }
}

/**
 * Weights for a loss that keep the tokens of one process: 1 there, 0 elsewhere.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { onlyProcess } from 'kinograd/advantage'
 *
 * assert.deepEqual(onlyProcess([['perception', null, 'reasoning']], 'perception'), [Float64Array.of(1, 0, 0)])
 * ```
 */
export const onlyProcess = <K extends string>(owners: readonly Owners<K>[], process: K): readonly Float64Array[] =>
  owners.map(own => Float64Array.from(own, owner => (owner === process ? 1 : 0)))
