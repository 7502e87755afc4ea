import fc from 'fast-check'
import type { Raw, Reward } from '../advantage/index.ts'

/** Which groups of rewards are drawn. */
export interface GroupOptions {
  readonly minSize?: number
  readonly maxSize?: number
  /** Some members unscored (null). True by default. */
  readonly missing?: boolean
}

const awkward = [0.1, 0.7, 1 / 3, 2.2, 1e9, -0.3]

/** Rewards that add and scale without rounding: multiples of 1/64 between −8 and 8. */
const exact = fc.integer({ min: -512, max: 512 }).map(n => n / 64)

const kinds = (size: number): readonly fc.Arbitrary<readonly number[]>[] => {
  const all = (member: fc.Arbitrary<number>) => fc.array(member, { minLength: size, maxLength: size })
  return [
    all(fc.constantFrom(0, 1, 2, 2.2)),
    fc.constantFrom(...awkward).map(value => Array.from({ length: size }, () => value)),
    fc.tuple(fc.constantFrom(...awkward), all(fc.nat(1))).map(([base, bits]) => bits.map(bit => base + bit * 1e-9)),
    all(exact),
    all(fc.double({ min: -1e-300, max: 1e-300, noNaN: true })),
    all(fc.double({ min: -1e307, max: 1e307, noNaN: true })),
    all(fc.double({ min: 0, max: 1, noNaN: true }).map(x => 1e6 + x)),
  ]
}

/**
 * Rewards of one group as they come: graded, constant (also 0.1 or 0.7 many times), nearly constant, negative, huge,
 * tiny, far from 0, with members missing.
 */
export const groupRewards = ({
  minSize = 2,
  maxSize = 16,
  missing = true,
}: GroupOptions = {}): fc.Arbitrary<readonly Reward[]> =>
  fc.integer({ min: minSize, max: maxSize }).chain(size => {
    const full = fc.oneof(...kinds(size))
    if (!missing) return full
    const holes = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: size, maxLength: size })
    return fc.oneof(
      { weight: 2, arbitrary: full },
      { weight: 1, arbitrary: fc.tuple(full, holes).map(([r, h]) => r.map((x, i) => (h[i] === 0 ? null : x))) },
    )
  })

/** Rewards on which shifts and scales are exact, so that a law about them is not a law about rounding. */
export const exactRewards = (options: GroupOptions = {}): fc.Arbitrary<readonly number[]> =>
  fc
    .integer({ min: options.minSize ?? 2, max: options.maxSize ?? 16 })
    .chain(size => fc.array(exact, { minLength: size, maxLength: size }))

/** A group with rewards for several processes. */
export const rawGroup = <K extends string>(
  processes: readonly K[],
  options: GroupOptions = {},
  rewards: (options: GroupOptions) => fc.Arbitrary<readonly Reward[]> = groupRewards,
): fc.Arbitrary<Raw<K>> =>
  fc.integer({ min: options.minSize ?? 2, max: options.maxSize ?? 16 }).chain(size =>
    fc
      .tuple(fc.nat(9999), ...processes.map(() => rewards({ ...options, minSize: size, maxSize: size })))
      .map(([id, ...given]) => ({
        _tag: 'Raw' as const,
        group: `group ${id}`,
        size,
        rewards: Object.fromEntries(processes.map((k, i) => [k, given[i]])) as unknown as Record<K, readonly Reward[]>,
      })),
  )

/** Graded rewards, as composed ones are, some of them unscored. */
export const gradedRewards = ({ minSize = 2, maxSize = 16 }: GroupOptions = {}): fc.Arbitrary<readonly Reward[]> =>
  fc
    .integer({ min: minSize, max: maxSize })
    .chain(size => fc.array(fc.constantFrom<Reward>(0, 1, 2, 2.2, 0.1, null), { minLength: size, maxLength: size }))

/** Spreads of the size of epsilon, and groups far from 0: where a misplaced epsilon, float32 and cancellation show. */
export const tightRewards = (options: GroupOptions = {}): fc.Arbitrary<readonly number[]> =>
  fc
    .tuple(exactRewards(options), fc.constantFrom(2 ** -16, 2 ** -13, 1), fc.constantFrom(0, 1, 4096))
    .map(([rewards, factor, shift]) => rewards.map(r => r * factor + shift))
