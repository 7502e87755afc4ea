import fc from 'fast-check'
import type { LossBatch, Objective } from '../advantage/index.ts'
import { inOrder } from './in-order.ts'
import { type Law, type LawWords, law } from './law.ts'
import { padded, shownBatch, type Takes, type TokenBatch, tokenBatch } from './loss/batches.ts'
import { defined, recognised } from './loss/defined.ts'
import type { LossDefinition } from './loss/definition.ts'
import { short, toldApart } from './round.ts'

/** What a loss promises; the laws that apply follow from it. */
export interface LossPromises {
  /**
   * Which loss it is: every loss and every gradient is then compared with the definition. Left out, it must be one of
   * the known ones with its defaults, as far as the other promises tell; `'own'` is a loss that is none of them, of
   * which only what all losses have in common is asked.
   */
  readonly definition?: LossDefinition | 'own'
  /** The loss holds a KL or another term besides the advantages. */
  readonly regularised?: boolean
  /** Part of the loss is a constant to its gradient (CISPO's weight), so that a difference quotient says nothing. */
  readonly detached?: boolean
  /** The corners of the loss in the ratio, near which a difference quotient says nothing; 1 ± 0.2 by default. */
  readonly corners?: readonly number[]
  /** What of a batch it knows what to do with; all of it by default. */
  readonly takes?: Takes
}

type Make = (batch: LossBatch) => Objective
type Rows = readonly ArrayLike<number>[]

const moved = (rows: readonly Float64Array[], b: number, t: number, by: number): readonly Float64Array[] =>
  rows.map((row, i) => (i === b ? row.map((lp, j) => (j === t ? lp + by : lp)) : row))

const tokensOf = (rows: Rows): readonly (readonly [sequence: number, token: number])[] =>
  rows.flatMap((row, b) => Array.from(row, (_, t): readonly [number, number] => [b, t]))

const at = (rows: Rows, b: number, t: number): number => rows[b]?.[t] ?? Number.NaN

/** The corners of the loss, and whether a batch comes so near to one that a difference quotient meets it. */
const cornered = ({ logprobs, batch }: TokenBatch, corners: readonly number[]): boolean => {
  const logs = logprobs.map((row, b) => row.map((lp, t) => lp - at(batch.oldLogprobs ?? logprobs, b, t)))
  const counted = logs.map((row, b) => row.filter((_, t) => batch.mask[b]?.[t] !== 0))
  const means = counted.map(row => row.reduce((s, x) => s + x, 0) / Math.max(1, row.length))
  return [...logs.flatMap(row => [...row]), ...means].some(log =>
    [...corners, 1].some(corner => corner !== 1 && Math.abs(Math.exp(log) - corner) < 1e-4),
  )
}

const shown: Pick<LawWords<TokenBatch>, 'shown'> = { shown: shownBatch }

const shapely = (make: Make, batches: fc.Arbitrary<TokenBatch>): Law =>
  law(
    'one number a token',
    'the gradient has the shape of the log-probabilities, all finite',
    batches,
    ({ logprobs, batch }) => {
      const { loss, gradient } = make(batch)(logprobs)
      if (!Number.isFinite(loss)) return `the loss is ${loss}`
      if (gradient.length !== logprobs.length) return `${gradient.length} rows for ${logprobs.length} sequences`
      const short = logprobs.findIndex((row, b) => gradient[b]?.length !== row.length)
      if (short !== -1)
        return `${gradient[short]?.length} numbers for ${logprobs[short]?.length} tokens of sequence ${short}`
      const bad = tokensOf(logprobs).find(([b, t]) => !Number.isFinite(at(gradient, b, t)))
      return bad === undefined ? null : `token ${bad[1]} of sequence ${bad[0]} has ${at(gradient, bad[0], bad[1])}`
    },
    { ...shown, look: 'a division by no tokens at all, and the width of the rows' },
  )

const masked = (make: Make, batches: fc.Arbitrary<TokenBatch>): Law =>
  law(
    'what does not count has no gradient',
    'tokens with mask 0 move nothing',
    batches,
    ({ logprobs, batch }) => {
      const { gradient } = make(batch)(logprobs)
      const bad = tokensOf(logprobs).find(([b, t]) => batch.mask[b]?.[t] === 0 && at(gradient, b, t) !== 0)
      return bad === undefined ? null : `token ${bad[1]} of sequence ${bad[0]} has ${at(gradient, bad[0], bad[1])}`
    },
    { ...shown, look: 'the mask' },
  )

const paddable = (make: Make, batches: fc.Arbitrary<TokenBatch>): Law =>
  law(
    'padding changes nothing',
    'whatever stands behind the mask, NaN and infinities too',
    fc.tuple(
      batches,
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(-7, -1000, Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
    ),
    ([given, by, behind]) => {
      const wide = padded(given, by, behind)
      const [a, b] = [make(given.batch)(given.logprobs), make(wide.batch)(wide.logprobs)]
      if (!(Math.abs(a.loss - b.loss) <= 1e-12))
        return `the loss is ${toldApart(a.loss, b.loss).join(', with padding ')}`
      const bad = tokensOf(given.logprobs).find(
        ([s, t]) => !(Math.abs(at(a.gradient, s, t) - at(b.gradient, s, t)) <= 1e-12),
      )
      if (bad !== undefined) return `token ${bad[1]} of sequence ${bad[0]} has another gradient with padding`
      const stray = tokensOf(wide.logprobs).find(
        ([s, t]) => wide.batch.mask[s]?.[t] === 0 && at(b.gradient, s, t) !== 0,
      )
      return stray === undefined ? null : `padding has the gradient ${at(b.gradient, stray[0], stray[1])}`
    },
    {
      shown: ([given, by, behind]) => `${shownBatch(given)}\n   and ${by} more tokens of ${behind}, masked`,
      look: 'sums and lengths over counted tokens only, and 0 · NaN',
    },
  )

const summing = (make: Make, batches: fc.Arbitrary<TokenBatch>): Law =>
  law(
    'parts add up to the whole',
    'a batch trained sequence by sequence with its totals gives the same loss and gradients',
    batches,
    ({ logprobs, batch }) => {
      const tokens = batch.mask.reduce((n, row) => n + Array.from(row).filter(m => m !== 0).length, 0)
      const totals = batch.totals ?? { sequences: logprobs.length, tokens }
      const whole = make({ ...batch, totals })(logprobs)
      const parts = logprobs.map((row, b) => make({ ...sequence(batch, b), totals })([row]))
      const sum = parts.reduce((s, { loss }) => s + loss, 0)
      if (!(Math.abs(sum - whole.loss) <= 1e-9 * (1 + Math.abs(sum))))
        return `the loss is ${toldApart(whole.loss, sum).join(', in parts ')}`
      const bad = tokensOf(logprobs).find(([b, t]) => {
        const [x, y] = [at(whole.gradient, b, t), at(parts[b]?.gradient ?? [], 0, t)]
        return !(Math.abs(x - y) <= 1e-9 * (1 + Math.abs(y)))
      })
      return bad === undefined ? null : `token ${bad[1]} of sequence ${bad[0]} has another gradient in parts`
    },
    { ...shown, look: 'whether `totals` is what means are taken over' },
  )

const sequence = (batch: TokenBatch['batch'], b: number): LossBatch => {
  const one = <A>(rows: readonly A[] | undefined): readonly A[] => (rows ?? []).slice(b, b + 1)
  return {
    advantages: one(batch.advantages),
    refLogprobs: one(batch.refLogprobs),
    mask: one(batch.mask),
    owners: one(batch.owners),
    ...(batch.oldLogprobs === undefined ? {} : { oldLogprobs: one(batch.oldLogprobs) }),
    ...(batch.weights === undefined ? {} : { weights: one(batch.weights) }),
    ...(batch.samplingLogprobs === undefined ? {} : { samplingLogprobs: one(batch.samplingLogprobs) }),
  }
}

const silent = (make: Make, batches: fc.Arbitrary<TokenBatch>): Law =>
  law(
    'no advantage, no gradient',
    'advantages of 0 move nothing',
    batches,
    ({ logprobs, batch }) => {
      const none = { ...batch, advantages: batch.advantages.map(row => Array.from(row, () => 0)) }
      const { gradient } = make(none)(logprobs)
      const bad = tokensOf(logprobs).find(([b, t]) => at(gradient, b, t) !== 0)
      return bad === undefined ? null : `token ${bad[1]} of sequence ${bad[0]} has ${at(gradient, bad[0], bad[1])}`
    },
    { ...shown, look: 'a KL or another term: promise `regularised` if it is meant' },
  )

const pushing = (make: Make, batches: fc.Arbitrary<TokenBatch>): Law =>
  law(
    'a good token is never pushed down',
    'nor a bad one up, when the ratio is 1',
    batches.map(given => ({
      ...given,
      batch: { ...given.batch, advantages: given.batch.advantages.map(row => Array.from(row, () => row[0] ?? 0)) },
    })),
    ({ logprobs, batch }) => {
      const { gradient } = make({ ...batch, oldLogprobs: logprobs })(logprobs)
      const bad = tokensOf(logprobs).find(([b, t]) => at(gradient, b, t) * at(batch.advantages, b, t) > 0)
      return bad === undefined
        ? null
        : `token ${bad[1]} of sequence ${bad[0]} has advantage ${short(at(batch.advantages, ...bad))} and gradient ${short(at(gradient, ...bad))}`
    },
    { ...shown, look: 'the sign: a loss is made small' },
  )

const sloping = (make: Make, batches: fc.Arbitrary<TokenBatch>, corners: readonly number[]): Law =>
  law(
    'the gradient is the slope of the loss',
    'by a difference quotient at every token',
    batches.filter(given => !cornered(given, corners) && given.batch.oldLogprobs !== undefined),
    ({ logprobs, batch }) => {
      const objective = make(batch)
      const gradient = objective(logprobs).gradient.map(row => Float64Array.from(row))
      for (const [b, t] of tokensOf(logprobs)) {
        const slope =
          (objective(moved(logprobs, b, t, 1e-6)).loss - objective(moved(logprobs, b, t, -1e-6)).loss) / 2e-6
        if (!(Math.abs(at(gradient, b, t) - slope) <= 1e-5 * (1 + Math.abs(slope))))
          return `token ${t} of sequence ${b} has ${short(at(gradient, b, t))}, the loss rises by ${short(slope)}`
      }
      return null
    },
    { ...shown, look: 'the ratio in the gradient, and tokens whose ratio is bounded' },
  )

/**
 * The laws of a policy loss: a function from a batch to an `Objective`. Every loss and gradient is compared with the
 * definition in float64, its gradient by exact derivatives. Tried on ragged batches with old, reference and sampling
 * log-probabilities, a mask, owners, weights and totals; it takes of them what it needs.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { policyLoss } from 'kinograd/advantage'
 * import { brokenLaws, objectiveLaws } from 'kinograd/laws'
 *
 * const unclipped = policyLoss({ beta: 0, epsilonLow: 1, epsilonHigh: 99 })
 * const laws = objectiveLaws(unclipped, { definition: { type: 'grpo', beta: 0 } })
 * assert.deepEqual(brokenLaws(laws, { seed: 1 }).map(({ law }) => law), ['definition'])
 * ```
 */
export const objectiveLaws = (make: Make, promises: LossPromises = {}): readonly Law[] => {
  const { definition } = promises
  const known = definition !== undefined && definition !== 'own' ? definition : undefined
  const likelihood = known?.type === 'likelihood'
  const regularised = promises.regularised ?? (likelihood || (known !== undefined && (known.beta ?? 0.04) !== 0))
  const detached = promises.detached ?? known?.type === 'cispo'
  const corners =
    promises.corners ??
    (known === undefined
      ? [0.8, 1.2]
      : [1 - (known.epsilonLow ?? 0.2), 1 + (known.epsilonHigh ?? known.epsilonLow ?? 0.2), known.delta ?? 1])
  const batches = tokenBatch(promises.takes)
  const smooth = !detached && known?.klBound === undefined && known?.offPolicyThreshold == null
  const hints = { regularised, detached, corners }
  const exact =
    definition === 'own'
      ? undefined
      : known === undefined
        ? recognised(make, batches, hints)
        : defined(make, batches, known)
  return inOrder([
    shapely(make, batches),
    masked(make, batches),
    paddable(make, batches),
    ...(regularised ? [] : [silent(make, batches), pushing(make, batches)]),
    ...(exact === undefined ? [] : [exact.loss]),
    ...(promises.takes?.totals === false || definition !== 'own' ? [] : [summing(make, batches)]),
    ...(smooth ? [sloping(make, batches, corners)] : []),
    ...(exact === undefined ? [] : [exact.gradient]),
  ])
}
