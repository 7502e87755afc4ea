import type { LossBatch, Objective } from '../../advantage/index.ts'
import { toldApart } from '../round.ts'
import type { TokenBatch } from './batches.ts'
import { type LossDefinition, lossByDefinition } from './definition.ts'

const close = (a: number, b: number): boolean => Object.is(a, b) || Math.abs(a - b) <= 1e-9 * (1 + Math.abs(b))

type Make = (batch: LossBatch) => Objective

/** Where a loss differs from its definition, in words, or null. */
export const lossDiffers = (make: Make, d: LossDefinition, { logprobs, batch }: TokenBatch): string | null => {
  const [got, wanted] = [make(batch)(logprobs).loss, lossByDefinition(d, batch, logprobs).loss]
  if (close(got, wanted)) return null
  const [left, right] = toldApart(got, wanted)
  return `the loss is ${left}, by definition ${right}`
}

/** Where its gradient first differs. */
export const gradientDiffers = (make: Make, d: LossDefinition, { logprobs, batch }: TokenBatch): string | null => {
  const { gradient } = make(batch)(logprobs)
  for (const [b, row] of lossByDefinition(d, batch, logprobs).gradient.entries())
    for (const [t, wanted] of row.entries()) {
      const got = gradient[b]?.[t] ?? Number.NaN
      if (close(got, wanted)) continue
      const [left, right] = toldApart(got, wanted)
      return `token ${t} of sequence ${b} has the gradient ${left}, by definition ${right}`
    }
  return null
}
