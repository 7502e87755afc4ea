/** Learning rate at a step, steps counted from 0. */
export type Schedule = (step: number) => number

/**
 * The same rate at every step, after a linear warm-up.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { constant } from 'kinograd/engine/tfjs'
 *
 * const rate = constant(1e-6, { warmup: 4 })
 * assert.deepEqual([0, 1, 3, 100].map(rate), [0.25e-6, 0.5e-6, 1e-6, 1e-6])
 * ```
 */
export const constant =
  (rate: number, { warmup = 0 }: { readonly warmup?: number } = {}): Schedule =>
  step =>
    rate * Math.min(1, (step + 1) / Math.max(1, warmup))

/**
 * Linear warm-up, then half a cosine from `rate` down to `floor · rate` at `steps` (transformers get_cosine_schedule_with_warmup).
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { cosine } from 'kinograd/engine/tfjs'
 *
 * const rate = cosine(1, { steps: 10, warmup: 2 })
 * assert.deepEqual([0, 1, 2, 6, 10].map(step => Math.round(100 * rate(step)) / 100), [0.5, 1, 1, 0.5, 0])
 * ```
 */
export const cosine =
  (
    rate: number,
    { steps, warmup = 0, floor = 0 }: { readonly steps: number; readonly warmup?: number; readonly floor?: number },
  ): Schedule =>
  step => {
    if (step < warmup) return (rate * (step + 1)) / warmup
    const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup))
    return rate * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * progress)))
  }
