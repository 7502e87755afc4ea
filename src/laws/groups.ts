import fc from 'fast-check'
import type { Raw, Reward } from '../advantage/index.ts'
import type { RewardDomain } from './promises.ts'
import { short, simpleNumbers } from './round.ts'

/** Rewards of a domain, filled in. */
export interface Domain {
  readonly least: number
  readonly most: number
  readonly values: readonly number[] | null
  readonly float32: boolean
  readonly minSize: number
  readonly maxSize: number
  readonly missing: boolean
}

/** A domain with its defaults. */
export const domainOf = ({
  range: [least, most] = [-8, 8],
  values,
  precision,
  sizes: [minSize, maxSize] = [2, 256],
  missing = true,
}: RewardDomain = {}): Domain => ({
  least,
  most,
  values: values ?? null,
  float32: precision === 'float32',
  minSize,
  maxSize,
  missing,
})

/** How the cells of a group, whole numbers from 0, become the rewards of one process. */
type Reading = (cell: number) => number

/** Cells are below this. */
const cells = 2 ** 30

/** Sixty-fourths of a range that moves and scales without rounding, and leaves room for both. */
const dyadic =
  ({ least, most }: Domain): Reading =>
  cell => {
    const [from, to] = [Math.ceil(Math.max(least, -8) * 64), Math.floor(Math.min(most, 8) * 64)]
    return from > to ? least : ((cell % (to - from + 1)) + from) / 64
  }

/** The least step that tells two rewards apart from the size of the range on: cancellation shows there. */
const tiny = ({ least, most, float32 }: Domain): number =>
  Math.max(Math.abs(least), Math.abs(most)) * (float32 ? 2 ** -20 : 1e-9)

const readings = (domain: Domain): fc.Arbitrary<Reading> => {
  const { least, most, values, float32 } = domain
  const known = values ?? simpleNumbers(least, most)
  const bounded = (value: number): number => Math.min(most, Math.max(least, value))
  const rounded =
    (read: Reading): Reading =>
    cell => {
      const value = values === null ? bounded(read(cell)) : read(cell)
      return float32 ? Math.fround(value) : value
    }
  const grades = known.map(
    (_, i): Reading =>
      cell =>
        known[(cell + i) % known.length] ?? 0,
  )
  const constants = known.map(
    (value): Reading =>
      () =>
        value,
  )
  if (values !== null) return fc.constantFrom(...grades.slice(0, 1), ...constants).map(rounded)
  const steps = [tiny(domain), 2 ** -13, 2 ** -16].filter(step => step < most - least)
  const near = known.flatMap(value =>
    steps.map(
      (step): Reading =>
        cell =>
          value + (cell % 4) * step,
    ),
  )
  const any: Reading = cell => least + (most - least) * (cell / cells)
  const magnitudes: Reading = cell => (cell % 2 === 0 ? least : most) * 2 ** -(cell % 97)
  return fc
    .oneof(
      { withCrossShrink: true },
      { weight: 6, arbitrary: fc.constantFrom(...grades.slice(0, 1)) },
      { weight: 2, arbitrary: fc.constantFrom(...constants) },
      { weight: 2, arbitrary: fc.constantFrom(...near) },
      { weight: 3, arbitrary: fc.constantFrom(dyadic(domain), any, magnitudes) },
    )
    .map(rounded)
}

/** How many rollouts a group has: few mostly, up to the most now and then. */
const members = <A>(member: fc.Arbitrary<A>, { minSize, maxSize }: Domain): fc.Arbitrary<readonly A[]> => {
  const upTo = (most: number) =>
    fc.array(member, { minLength: minSize, maxLength: Math.max(minSize, Math.min(most, maxSize)), size: 'max' })
  return fc.oneof(
    { weight: 12, arbitrary: upTo(8) },
    { weight: 4, arbitrary: upTo(40) },
    { weight: 1, arbitrary: upTo(256) },
  )
}

const names = ['a', 'b', 'c', 'd', 'constructor']

const groupOf = <K extends string>(
  processes: readonly K[],
  domain: Domain,
  read: fc.Arbitrary<Reading>,
): fc.Arbitrary<Raw<K>> => {
  const cell = fc.tuple(fc.nat(cells - 1), domain.missing ? fc.nat(7) : fc.constant(0))
  // From which number on a hole is one: no member is missing, or one in eight, or seven in eight, or all.
  const holes = domain.missing ? fc.constantFrom(8, 8, 8, 7, 7, 1, 0) : fc.constant(8)
  return fc
    .tuple(
      fc.constantFrom(...names),
      fc.tuple(...processes.map(() => fc.tuple(read, holes))),
      members(fc.tuple(...processes.map(() => cell)), domain),
    )
    .map(([group, kinds, rows]) => ({
      _tag: 'Raw' as const,
      group,
      size: rows.length,
      rewards: byProcess(processes, (_, p) =>
        rows.map((row): Reward => {
          const [[number, hole], [reading, missingFrom]] = [row[p]!, kinds[p]!]
          return hole >= missingFrom ? null : reading(number)
        }),
      ),
    }))
}

/** A record with one entry a process. */
export const byProcess = <K extends string, A>(
  processes: readonly K[],
  make: (process: K, index: number) => A,
): Readonly<Record<K, A>> => {
  const made: Partial<Record<K, A>> = {}
  for (const [i, process] of processes.entries()) made[process] = make(process, i)
  return made as Record<K, A>
}

/** Groups of a domain, of any kind. */
export const groupsIn = <K extends string>(processes: readonly K[], domain: Domain): fc.Arbitrary<Raw<K>> =>
  groupOf(processes, domain, readings(domain))

/**
 * A group with rewards for several processes, as they come: graded, constant, nearly constant, spread over the whole
 * range, with members missing; 2 to 256 rollouts, few mostly. Names of groups repeat.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import fc from 'fast-check'
 * import { rawGroup } from 'kinograd/laws'
 *
 * const [raw] = fc.sample(rawGroup(['seen', 'answered'], { range: [0, 2.2] }), { numRuns: 1, seed: 1 })
 * assert.equal(raw?.rewards.seen.length, raw?.size)
 * ```
 */
export const rawGroup = <K extends string>(processes: readonly K[], domain: RewardDomain = {}): fc.Arbitrary<Raw<K>> =>
  groupsIn(processes, domainOf(domain))

/** A group whose rewards add, shift and scale without rounding, so that a law about them is not a law about rounding. */
export const exactGroups = <K extends string>(processes: readonly K[], domain: Domain): fc.Arbitrary<Raw<K>> => {
  const { least, most, values } = domain
  const known = values ?? simpleNumbers(least, most).filter(n => Number.isInteger(n * 4))
  const graded: Reading = cell => known[cell % known.length] ?? 0
  const few = { ...domain, missing: false, maxSize: Math.max(domain.minSize, Math.min(domain.maxSize, 40)) }
  const read = values === null && known.length > 1 ? fc.constantFrom(graded, dyadic(domain)) : fc.constant(graded)
  return groupOf(processes, few, read)
}

/** 1 to 64 groups, few mostly; of many groups, each is small. */
export const rawBatch = <K extends string>(
  processes: readonly K[],
  domain: Domain,
): fc.Arbitrary<readonly Raw<K>[]> => {
  const read = readings(domain)
  const small = { ...domain, maxSize: Math.max(domain.minSize, Math.min(domain.maxSize, 8)) }
  const [low = 0, high = 1] = domain.values ?? simpleNumbers(domain.least, domain.most)
  // One good rollout among very many: the largest advantage that there is.
  const rare: Reading = cell => (domain.float32 ? Math.fround : Number)((cell * 40503) % 128 === 77 ? high : low)
  const large = { ...domain, minSize: Math.max(domain.minSize, Math.min(domain.maxSize, 128)) }
  const largest = { ...domain, minSize: domain.maxSize }
  return fc.oneof(
    { weight: 12, arbitrary: fc.array(groupOf(processes, domain, read), { minLength: 1, maxLength: 4 }) },
    { weight: 1, arbitrary: groupOf(processes, large, fc.constant(rare)).map(one => [one]) },
    { weight: 1, arbitrary: groupOf(processes, largest, read).map(one => [one]) },
    { weight: 3, arbitrary: fc.array(groupOf(processes, small, read), { minLength: 1, maxLength: 64, size: 'max' }) },
    { weight: 1, arbitrary: fc.array(groupOf(processes, small, read), { minLength: 64, maxLength: 64 }) },
  )
}

/** The rewards of groups, a line a group: what a counterexample looks like. */
export const shownGroups = (groups: readonly Raw<string>[]): string =>
  groups
    .map(
      ({ group, rewards }) =>
        `group "${group}": ${Object.entries(rewards)
          .map(([process, given]) => `${process} ${shownRewards(given)}`)
          .join('; ')}`,
    )
    .join('\n   ')

const shownRewards = (rewards: readonly Reward[]): string => {
  const first = rewards[0]
  return rewards.length > 8 && rewards.every(r => r === first)
    ? `[${shownReward(first)}, ${rewards.length} times]`
    : `[${rewards.map(shownReward).join(', ')}]`
}

const shownReward = (reward: Reward | undefined): string =>
  reward == null
    ? 'null'
    : Object.is(reward, -0)
      ? '-0'
      : Number(short(reward, 15)) === reward
        ? short(reward, 15)
        : String(reward)
