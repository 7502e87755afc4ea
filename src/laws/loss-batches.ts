import fc from 'fast-check'
import type { LossBatch } from '../advantage/index.ts'

/** A ragged batch of tokens with everything that a policy loss may ask for. */
export interface TokenBatch {
  readonly logprobs: readonly Float64Array[]
  readonly batch: Required<Pick<LossBatch, 'advantages' | 'oldLogprobs' | 'refLogprobs' | 'mask' | 'owners'>>
}

const number = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true })

/**
 * Ragged batches: log-probabilities between −3 and −0.1, old ones within 0.3 of them, reference within 0.4, advantages
 * within 2, tokens that do not count, and tokens of two processes or of none.
 */
export const tokenBatch: fc.Arbitrary<TokenBatch> = fc
  .array(
    fc.array(
      fc.tuple(
        number(-3, -0.1),
        number(-0.3, 0.3),
        number(-0.4, 0.4),
        number(-2, 2),
        fc.boolean(),
        fc.constantFrom('perception', 'reasoning', null),
      ),
      { minLength: 1, maxLength: 6 },
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map(rows => {
    const pick = <A>(f: (token: (typeof rows)[number][number]) => A): A[][] => rows.map(row => row.map(f))
    return {
      logprobs: pick(([lp]) => lp).map(row => Float64Array.from(row)),
      batch: {
        advantages: pick(([, , , a]) => a),
        oldLogprobs: pick(([lp, d]) => lp + d),
        refLogprobs: pick(([lp, , d]) => lp + d),
        mask: pick(([, , , , counts]) => (counts ? 1 : 0)),
        owners: pick(([, , , , , k]) => k),
      },
    }
  })

/** The batch with `by` tokens of padding behind every sequence, masked. */
export const padded = ({ logprobs, batch }: TokenBatch, by: number): TokenBatch => {
  const width = Math.max(...logprobs.map(row => row.length)) + by
  const pad = <A>(rows: readonly ArrayLike<A>[], fill: A): A[][] =>
    rows.map(row => [...Array.from(row), ...Array.from({ length: width - row.length }, () => fill)])
  return {
    logprobs: pad(logprobs, -7).map(row => Float64Array.from(row)),
    batch: {
      advantages: pad(batch.advantages, 5),
      oldLogprobs: pad(batch.oldLogprobs, -9),
      refLogprobs: pad(batch.refLogprobs, -5),
      mask: pad(batch.mask, 0),
      owners: pad(batch.owners, null),
    },
  }
}
