import fc from 'fast-check'
import type { LossBatch } from '../../advantage/index.ts'
import { short } from '../round.ts'

/** A ragged batch of tokens with what a policy loss may ask for. */
export interface TokenBatch {
  readonly logprobs: readonly Float64Array[]
  readonly batch: LossBatch & Required<Pick<LossBatch, 'refLogprobs' | 'mask' | 'owners'>>
}

/** What of a batch a loss knows what to do with; all of it by default. */
export interface Takes {
  /** Weights of tokens. */
  readonly weights?: boolean
  /** Totals of a larger batch. */
  readonly totals?: boolean
  /** No old log-probabilities, which is a ratio of 1. */
  readonly withoutOld?: boolean
  /** Sequences in which no token counts. */
  readonly empty?: boolean
}

/** Simple numbers first, then any in between. */
const around = (simple: readonly number[], min: number, max: number): fc.Arbitrary<number> =>
  fc.oneof(
    { withCrossShrink: true },
    { weight: 3, arbitrary: fc.constantFrom(...simple) },
    { weight: 2, arbitrary: fc.double({ min, max, noNaN: true }) },
  )

const token = fc.tuple(
  around([-1, -0.5, -2], -3, -0.1),
  // The ratio is the exponential of this: on both sides of 1 ± 0.2 and far beyond.
  around([0, 0.5, -0.5, 1, -1, 0.25, -0.25], -0.9, 0.9),
  around([0, 0.5, -0.5, 1], -1, 1),
  around([1, -1, 0, 0.5, 2], -2, 2),
  fc.constantFrom(1, 1, 0),
  fc.constantFrom('perception', 'reasoning', null),
  around([1, 0, 2, 0.5], 0, 3),
  around([0, 0.5, -0.5], -1, 1),
)

/**
 * Ragged batches: one to five sequences of one to eight tokens; ratios to the old policy on both sides of every bound,
 * references and samplers apart from it, advantages of both signs, tokens that do not count, tokens of two processes or
 * of none; now and then weights, totals of a larger batch, and no old log-probabilities.
 */
export const tokenBatch = ({
  weights = true,
  totals = true,
  withoutOld = true,
  empty = true,
}: Takes = {}): fc.Arbitrary<TokenBatch> => {
  const sometimes = (allowed: boolean) => (allowed ? fc.constantFrom(false, false, true) : fc.constant(false))
  return fc
    .tuple(
      fc.array(fc.array(token, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 5 }),
      sometimes(weights),
      sometimes(totals),
      sometimes(withoutOld),
      fc.nat(3),
      fc.nat(9),
    )
    .map(([rows, weighted, totalled, fresh, more, longer]) => {
      type Row = (typeof rows)[number][number]
      const pick = <A>(f: (token: Row, t: number) => A): A[][] => rows.map(row => row.map(f))
      const mask = pick(([, , , , counts], t) => (empty || t > 0 ? counts : 1))
      const count = mask.flat().filter(m => m === 1).length
      return {
        logprobs: pick(([lp]) => lp).map(row => Float64Array.from(row)),
        batch: {
          advantages: pick(([, , , a]) => a),
          refLogprobs: pick(([lp, , d]) => lp + d),
          samplingLogprobs: pick(([lp, , , , , , , d]) => lp + d),
          mask,
          owners: pick(([, , , , , k]) => k),
          ...(fresh ? {} : { oldLogprobs: pick(([lp, d]) => lp + d) }),
          ...(weighted ? { weights: pick(([, , , , , , w]) => w) } : {}),
          ...(totalled ? { totals: { sequences: rows.length + more, tokens: count + longer } } : {}),
        },
      }
    })
}

/** The batch with `by` tokens of padding behind every sequence, masked, with anything at all behind the mask. */
export const padded = ({ logprobs, batch }: TokenBatch, by: number, behind: number): TokenBatch => {
  const width = Math.max(...logprobs.map(row => row.length)) + by
  const pad = <A>(rows: readonly ArrayLike<A>[], fill: A): A[][] =>
    rows.map(row => [...Array.from(row), ...Array.from({ length: width - row.length }, () => fill)])
  const { oldLogprobs, samplingLogprobs, weights } = batch
  return {
    logprobs: pad(logprobs, behind).map(row => Float64Array.from(row)),
    batch: {
      ...batch,
      advantages: pad(batch.advantages, 5),
      refLogprobs: pad(batch.refLogprobs, behind),
      mask: pad(batch.mask, 0),
      owners: pad(batch.owners, 'perception'),
      ...(oldLogprobs === undefined ? {} : { oldLogprobs: pad(oldLogprobs, behind) }),
      ...(samplingLogprobs === undefined ? {} : { samplingLogprobs: pad(samplingLogprobs, behind) }),
      ...(weights === undefined ? {} : { weights: pad(weights, behind) }),
    },
  }
}

/** A batch as a reader can check it by hand: a line a sequence, its numbers short. */
export const shownBatch = ({ logprobs, batch }: TokenBatch): string => {
  const list = (row: ArrayLike<number | string | null> | undefined): string =>
    row === undefined ? 'none' : `[${Array.from(row, x => (typeof x === 'number' ? short(x, 12) : x)).join(', ')}]`
  const named = ['oldLogprobs', 'refLogprobs', 'samplingLogprobs', 'advantages', 'mask', 'weights', 'owners'] as const
  const lines = logprobs.map((row, b) =>
    [
      `sequence ${b}: logprobs ${list(row)}`,
      ...named.flatMap(name => (batch[name] === undefined ? [] : [`${name} ${list(batch[name][b])}`])),
    ].join(', '),
  )
  const totals =
    batch.totals === undefined ? [] : [`totals ${batch.totals.sequences} sequences, ${batch.totals.tokens} tokens`]
  return [...lines, ...totals].join('\n   ')
}
