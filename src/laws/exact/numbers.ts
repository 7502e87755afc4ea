import type { Reward } from '../../advantage/index.ts'
import { bitsOf, type Fraction, fractionOf, overOne, root, toNumber } from './dyadic.ts'

/**
 * Numbers of a group as exact fractions over one denominator; null where a rollout is unscored. `slack` is the size of
 * the numbers that a rounding error of one unit would stand at, had they been computed in floats with care: it goes
 * through every operation below, and says how far a right float implementation may be off.
 */
export interface Numbers {
  readonly over: bigint
  readonly parts: readonly (bigint | null)[]
  readonly slack: number
}

const largest = ({ parts, over }: Omit<Numbers, 'slack'>): number =>
  toNumber({ over, part: parts.reduce((most: bigint, p) => (p === null ? most : size(p) > most ? size(p) : most), 0n) })

const size = (part: bigint): bigint => (part < 0n ? -part : part)

/** Rewards as they are. */
export const exactly = (rewards: readonly Reward[]): Numbers => {
  const made = overOne(rewards)
  return { ...made, slack: largest(made) }
}

const scored = ({ parts }: Numbers): readonly bigint[] => parts.filter(p => p !== null)

const total = (x: Numbers): bigint => scored(x).reduce((sum, p) => sum + p, 0n)

const map = (x: Numbers, f: (part: bigint) => bigint): readonly (bigint | null)[] =>
  x.parts.map(p => (p === null ? null : f(p)))

/** x − mean(x). */
export const centred = (x: Numbers): Numbers => {
  const n = BigInt(Math.max(1, scored(x).length))
  const sum = total(x)
  return { over: x.over * n, parts: map(x, p => p * n - sum), slack: x.slack }
}

/** x − the mean of the others; 0 for one alone. */
export const withoutOwnMean = (x: Numbers): Numbers => {
  const others = BigInt(scored(x).length - 1)
  const sum = total(x)
  return others < 1n
    ? { ...x, parts: map(x, () => 0n) }
    : { over: x.over * others, parts: map(x, p => p * others - (sum - p)), slack: 2 * x.slack }
}

const square = (x: Numbers): bigint => scored(x).reduce((all, p) => all + p * p, 0n)

/** The deviation over n − ddof of n numbers by their sum and the sum of their squares; 0 where n − ddof is none. */
const deviationOf = (n: bigint, sum: bigint, squares: bigint, over: bigint, ddof: number): Fraction => {
  const below = n - BigInt(ddof)
  if (below < 1n) return { part: 0n, over: 1n }
  return root({ part: n * squares - sum * sum, over: n * below * over * over })
}

/** The standard deviation of the scored ones. */
export const deviation = (x: Numbers, ddof: number): Fraction =>
  deviationOf(BigInt(scored(x).length), total(x), square(x), x.over, ddof)

/** Of each one, the standard deviation of the others. */
export const deviationsOfOthers = (x: Numbers, ddof: number): readonly Fraction[] => {
  const [others, sum, squares] = [BigInt(scored(x).length - 1), total(x), square(x)]
  return x.parts.map(p =>
    p === null ? { part: 0n, over: 1n } : deviationOf(others, sum - p, squares - p * p, x.over, ddof),
  )
}

/** x / (divisor + epsilon); 0 where both are 0. */
export const divided = (x: Numbers, divisor: Fraction, epsilon: number): Numbers => {
  const e = fractionOf(epsilon)
  const over = divisor.part * e.over + e.part * divisor.over
  if (over === 0n) return { ...x, parts: map(x, () => 0n) }
  const by = divisor.over * e.over
  const made = { over: x.over * over, parts: map(x, p => p * by) }
  // The numerator is off, and so is the divisor, by which the result is divided.
  const [size, most] = [toNumber({ part: over, over: by }), largest(made)]
  return cut({ ...made, slack: (x.slack * (1 + most)) / size + most })
}

/** Binary digits that are kept of numbers whose denominators would grow for ever. */
const kept = 320

/** The same numbers to 2^-320 of the largest. */
const cut = (x: Numbers): Numbers => {
  const most = x.parts.reduce((all: number, p) => Math.max(all, p === null ? 0 : bitsOf(p)), 0)
  const by = kept - most + bitsOf(x.over)
  if (by < 0) return x
  return { over: 1n << BigInt(by), parts: map(x, p => (p << BigInt(by)) / x.over), slack: x.slack }
}

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b))

/** Several numbers over one denominator. */
const alike = (all: readonly Numbers[]): readonly Numbers[] => {
  const over = all.reduce((one, x) => (one % x.over === 0n ? one : (one / gcd(one, x.over)) * x.over), 1n)
  return all.map(x => ({ over, parts: map(x, p => p * (over / x.over)), slack: x.slack }))
}

/** Σ weight · x; unscored as soon as one is. */
export const weighted = (all: readonly (readonly [weight: number, x: Numbers])[]): Numbers => {
  const terms = alike(
    all.map(([weight, x]) => {
      const { part, over } = fractionOf(weight)
      return { over: x.over * over, parts: map(x, p => p * part), slack: x.slack * Math.abs(weight) }
    }),
  )
  const first = terms[0] ?? { over: 1n, parts: [], slack: 0 }
  return {
    over: first.over,
    parts: first.parts.map((_, i) =>
      terms.reduce((sum: bigint | null, { parts }) => {
        const part = parts[i] ?? null
        return sum === null || part === null ? null : sum + part
      }, 0n),
    ),
    slack: terms.reduce((sum, { slack }) => sum + slack, 0),
  }
}

/** The groups as one, for figures of a whole batch, and how to part them again. */
export const together = (groups: readonly Numbers[]): Numbers => {
  const made = alike(groups)
  return {
    over: made[0]?.over ?? 1n,
    parts: made.flatMap(({ parts }) => parts),
    slack: made.reduce((most, { slack }) => Math.max(most, slack), 0),
  }
}

/** What `f` makes of all groups together, parted again. */
export const overAll = (groups: readonly Numbers[], f: (all: Numbers) => Numbers): readonly Numbers[] => {
  const { over, parts, slack } = f(together(groups))
  let end = 0
  return groups.map(({ parts: own }) => {
    end += own.length
    return { over, parts: parts.slice(end - own.length, end), slack }
  })
}

/** As floats, 0 where unscored. */
export const toNumbers = ({ over, parts }: Numbers): readonly number[] =>
  parts.map(part => (part === null ? 0 : toNumber({ part, over })))
