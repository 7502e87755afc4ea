import fc from 'fast-check'
import type { LossBatch, LossType, Objective } from '../../advantage/index.ts'
import { type TokenBatch, tokenBatch } from './batches.ts'
import { type LossDefinition, lossByDefinition } from './definition.ts'
import { gradientDiffers, lossDiffers } from './differing.ts'

/** What is said of a loss when its definition is not. */
export interface Hints {
  readonly regularised: boolean
  readonly detached: boolean
  readonly corners: readonly number[]
}

type Make = (batch: LossBatch) => Objective

/** Batches that losses are told apart by: the same every time. */
const probes: readonly TokenBatch[] = fc.sample(tokenBatch({ weights: false, totals: false, withoutOld: false }), {
  numRuns: 24,
  seed: 42,
})

/** No limit of completions is below the longest one. */
const longest = Math.max(...probes.flatMap(({ logprobs }) => logprobs.map(row => row.length)))

const lossOf = (make: Make, { logprobs, batch }: TokenBatch): number => make(batch)(logprobs).loss

/** A factor of the definition that only shows in the size of the loss, from one batch in which it is not 0. */
const measured = (make: Make, d: LossDefinition, change: (probe: TokenBatch) => TokenBatch): number => {
  for (const probe of probes.map(change)) {
    const one = lossByDefinition(d, probe.batch, probe.logprobs).loss
    if (Math.abs(one) > 1e-3) return Number((lossOf(make, probe) / one).toPrecision(9))
  }
  return Number.NaN
}

const zeros = ({ logprobs, batch }: TokenBatch): TokenBatch => ({
  logprobs,
  batch: { ...batch, advantages: batch.advantages.map(row => Array.from(row, () => 0)) },
})

/** The bounds of the ratio that the corners of the loss name. */
const boundsOf = (corners: readonly number[]): Pick<LossDefinition, 'epsilonLow' | 'epsilonHigh' | 'delta'> => {
  const [low, high, delta] = [corners.find(c => c < 1), ...corners.filter(c => c > 1).toSorted((a, b) => a - b)]
  const digits = (x: number): number => Number(x.toFixed(12))
  return {
    epsilonLow: low === undefined ? 0.2 : digits(1 - low),
    epsilonHigh: high === undefined ? 0.2 : digits(high - 1),
    ...(delta === undefined ? {} : { delta }),
  }
}

/** A KL that is promised has a weight above 0: 0.04 where the loss does not tell of one. */
const withBeta = (make: Make, d: LossDefinition): LossDefinition => {
  const beta = measured(make, { ...d, beta: 1 }, zeros)
  return { ...d, beta: beta > 1e-9 ? beta : 0.04 }
}

const withLength = (make: Make, d: LossDefinition): LossDefinition => {
  const length = Math.round(1 / measured(make, { ...d, maxCompletionLength: 1, beta: 0 }, probe => probe))
  return { ...d, maxCompletionLength: Number.isFinite(length) ? Math.max(longest, length) : longest }
}

/** The losses that a loss may be, as far as is said of it. */
const candidates = (make: Make, { regularised, detached, corners }: Hints): readonly LossDefinition[] => {
  const types: readonly LossType[] = detached ? ['cispo'] : ['grpo', 'bnpo', 'dapo', 'dr_grpo', 'segment_mean', 'sapo']
  const policy = types.flatMap(type =>
    (['token', 'sequence'] as const).map((level): LossDefinition => {
      const bare: LossDefinition = {
        type,
        level,
        beta: 0,
        ...(type === 'cispo' || type === 'sapo' ? {} : boundsOf(corners)),
      }
      const sized = type === 'dr_grpo' ? withLength(make, bare) : bare
      return regularised ? withBeta(make, sized) : sized
    }),
  )
  return regularised ? [...policy, { type: 'likelihood' }] : policy
}

/** The known losses that a loss may be, the nearest first, each with the share of probes on which it agrees. */
export const nearest = (make: Make, hints: Hints): readonly (readonly [LossDefinition, number])[] =>
  candidates(make, hints)
    .map((d): readonly [LossDefinition, number] => [
      d,
      probes.filter(probe => lossDiffers(make, d, probe) === null && gradientDiffers(make, d, probe) === null).length /
        probes.length,
    ])
    .toSorted(([, a], [, b]) => b - a)

/** The words for a definition. */
export const shownDefinition = ({ type, level = 'token', beta = 0.04 }: LossDefinition): string =>
  type === 'likelihood' ? type : `${type}, level ${level}, beta ${beta}`
