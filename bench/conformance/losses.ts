import { readFile } from 'node:fs/promises'
import type { LossOptions } from 'kinograd/advantage'
import { policyLoss } from 'kinograd/advantage'
import type { Check } from './quantity.ts'

interface Case {
  readonly lossType: NonNullable<LossOptions['type']>
  readonly level: 'token' | 'sequence'
  readonly beta: number
  readonly epsilonLow: number
  readonly epsilonHigh: number
  readonly delta: number | null
  readonly maxCompletionLength: number
  readonly logprobs: readonly (readonly number[])[]
  readonly oldLogprobs: readonly (readonly number[])[]
  readonly refLogprobs: readonly (readonly number[])[]
  readonly mask: readonly (readonly number[])[]
  readonly advantages: readonly (readonly number[])[]
  readonly loss: number
  readonly grad: readonly (readonly number[])[]
  readonly metrics: Readonly<Record<string, number>>
}

/** Policy losses, their gradients and metrics against TRL's own code. */
export const check: Check = async path => {
  const { cases } = JSON.parse(await readFile(path, 'utf8')) as { readonly cases: readonly Case[] }
  const errors = { loss: 0, gradient: 0, metrics: 0 }
  for (const c of cases) {
    const { loss, gradient, metrics } = policyLoss({
      type: c.lossType,
      level: c.level,
      beta: c.beta,
      epsilonLow: c.epsilonLow,
      epsilonHigh: c.epsilonHigh,
      delta: c.delta,
      maxCompletionLength: c.maxCompletionLength,
    })(c)(c.logprobs.map(row => Float64Array.from(row)))
    const apart = (a: number | undefined, b: number | undefined): number => {
      const error = Math.abs((a ?? Number.NaN) - (b ?? Number.NaN))
      return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error
    }
    errors.loss = Math.max(errors.loss, apart(loss, c.loss))
    for (const [b, row] of c.grad.entries())
      for (const [t, g] of row.entries()) errors.gradient = Math.max(errors.gradient, apart(gradient[b]?.[t], g))
    for (const [name, value] of Object.entries(c.metrics))
      errors.metrics = Math.max(errors.metrics, apart(metrics[name], value))
  }
  return Object.entries(errors).map(([name, error]) => ({ name, cases: cases.length, error, bound: 1e-5 }))
}
