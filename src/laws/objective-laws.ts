import fc from 'fast-check'
import type { LossBatch, Objective } from '../advantage/index.ts'
import { type Law, law } from './law.ts'
import { padded, type TokenBatch, tokenBatch } from './loss-batches.ts'

/** What a loss promises; the laws that apply follow from it. */
export interface LossPromises {
  /** The loss holds a KL or another term besides the advantages. */
  readonly regularised?: boolean
  /** Part of the loss is a constant to its gradient (CISPO's weight), so that a difference quotient says nothing. */
  readonly detached?: boolean
  /** The corners of the loss in the ratio, near which a difference quotient says nothing; 1 ± 0.2 by default. */
  readonly corners?: readonly number[]
}

const moved = (rows: readonly Float64Array[], b: number, t: number, by: number): readonly Float64Array[] =>
  rows.map((row, i) => (i === b ? row.map((lp, j) => (j === t ? lp + by : lp)) : row))

const tokensOf = (rows: readonly Float64Array[]): readonly (readonly [sequence: number, token: number])[] =>
  rows.flatMap((row, b) => Array.from(row, (_, t): readonly [number, number] => [b, t]))

const cornered = ({ logprobs, batch }: TokenBatch, corners: readonly number[]): boolean =>
  tokensOf(logprobs).some(([b, t]) => {
    const ratio = Math.exp((logprobs[b]?.[t] as number) - (batch.oldLogprobs[b]?.[t] as number))
    return corners.some(corner => Math.abs(ratio - corner) < 1e-4)
  })

/**
 * The laws of a policy loss with a ratio a token: a function from a batch to an `Objective`. Tried on ragged batches
 * with old and reference log-probabilities, a mask and owners; it takes of them what it needs.
 */
export const objectiveLaws = (
  make: (batch: LossBatch) => Objective,
  { regularised = false, detached = false, corners = [0.8, 1.2] }: LossPromises = {},
): readonly Law[] => {
  const at = (rows: readonly Float64Array[], b: number, t: number): number => rows[b]?.[t] ?? Number.NaN
  return [
    law(
      'one number a token',
      'the gradient has the shape of the log-probabilities, all finite',
      tokenBatch,
      ({ logprobs, batch }) => {
        const { loss, gradient } = make(batch)(logprobs)
        if (!Number.isFinite(loss)) return `the loss is ${loss}`
        if (gradient.length !== logprobs.length) return `${gradient.length} rows for ${logprobs.length} sequences`
        const bad = tokensOf(logprobs).find(([b, t]) => !Number.isFinite(at(gradient, b, t)))
        return bad === undefined ? null : `token ${bad[1]} of sequence ${bad[0]} has ${at(gradient, bad[0], bad[1])}`
      },
    ),
    law('what does not count has no gradient', 'tokens with mask 0', tokenBatch, ({ logprobs, batch }) => {
      const { gradient } = make(batch)(logprobs)
      const bad = tokensOf(logprobs).find(([b, t]) => batch.mask[b]?.[t] === 0 && at(gradient, b, t) !== 0)
      return bad === undefined ? null : `token ${bad[1]} of sequence ${bad[0]} has ${at(gradient, bad[0], bad[1])}`
    }),
    law(
      'padding changes nothing',
      'whatever stands behind the mask',
      fc.tuple(tokenBatch, fc.integer({ min: 1, max: 3 })),
      ([given, by]) => {
        const wide = padded(given, by)
        const [a, b] = [make(given.batch)(given.logprobs), make(wide.batch)(wide.logprobs)]
        if (!(Math.abs(a.loss - b.loss) <= 1e-12)) return `the loss is ${a.loss}, with padding ${b.loss}`
        const bad = tokensOf(given.logprobs).find(
          ([s, t]) => !(Math.abs(at(a.gradient, s, t) - at(b.gradient, s, t)) <= 1e-12),
        )
        return bad === undefined ? null : `token ${bad[1]} of sequence ${bad[0]} has another gradient with padding`
      },
    ),
    ...(detached
      ? []
      : [
          law(
            'the gradient is the slope of the loss',
            'by a difference quotient at every token',
            tokenBatch.filter(given => !cornered(given, corners)),
            ({ logprobs, batch }) => {
              const objective = make(batch)
              const { gradient } = objective(logprobs)
              for (const [b, t] of tokensOf(logprobs)) {
                const slope =
                  (objective(moved(logprobs, b, t, 1e-6)).loss - objective(moved(logprobs, b, t, -1e-6)).loss) / 2e-6
                if (!(Math.abs(at(gradient, b, t) - slope) <= 1e-6 * (1 + Math.abs(slope))))
                  return `token ${t} of sequence ${b} has ${at(gradient, b, t)}, the loss rises by ${slope}`
              }
              return null
            },
          ),
        ]),
    ...(regularised
      ? []
      : [
          law('no advantage, no gradient', 'advantages of 0 move nothing', tokenBatch, ({ logprobs, batch }) => {
            const { gradient } = make({ ...batch, advantages: batch.advantages.map(row => Array.from(row, () => 0)) })(
              logprobs,
            )
            return gradient.every(row => row.every(g => g === 0)) ? null : 'a token has a gradient'
          }),
          law(
            'a good token is never pushed down',
            'nor a bad one up, when the ratio is 1',
            tokenBatch,
            ({ logprobs, batch }) => {
              const { gradient } = make({ ...batch, oldLogprobs: logprobs })(logprobs)
              const bad = tokensOf(logprobs).find(
                ([b, t]) => at(gradient, b, t) * (batch.advantages[b]?.[t] as number) > 0,
              )
              return bad === undefined ? null : `token ${bad[1]} of sequence ${bad[0]} is`
            },
          ),
        ]),
  ]
}
