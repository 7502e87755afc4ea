import fc from 'fast-check'
import type { Raw } from '../../advantage/index.ts'
import { posed } from '../asking.ts'
import { type Domain, shownGroups } from '../groups.ts'
import { short } from '../round.ts'
import { alike, apart, mapRewards, near, one, type PosedLaw, type Subject, withRewards } from './subject.ts'

const group = (raw: Raw<string>): string => shownGroups([raw])

const shuffled = (size: number): fc.Arbitrary<readonly number[]> =>
  fc.shuffledSubarray(
    Array.from({ length: size }, (_, i) => i),
    { minLength: size, maxLength: size },
  )

const symmetric = <K extends string>({ processes, slack, exact }: Subject<K>): PosedLaw<K> =>
  posed(
    'permutation',
    'rollouts in another order give the same advantages in that order',
    exact.chain(raw => fc.tuple(fc.constant(raw), shuffled(raw.size))),
    function* ([raw, order]) {
      const moved = withRewards(raw, given => order.map(i => given[i] ?? null))
      return apart(processes, yield* one(processes, raw), yield* one(processes, moved), slack, i => order[i] ?? i)
    },
    {
      shown: ([raw, order]) => `${group(raw)}, in the order ${order.join(', ')}`,
      look: 'running means, and ends that are left out',
    },
  )

const ordered = <K extends string>({ processes, routing, exact }: Subject<K>): PosedLaw<K> =>
  posed(
    'order',
    'a higher reward never has the lower advantage, nor the same',
    exact,
    function* (raw) {
      const given = routing === 'process' ? raw : alike(processes, raw)
      const made = yield* one(processes, given)
      for (const k of processes) {
        const pairs = given.rewards[k].map((r, i) => [r ?? 0, made.advantages[k][i] ?? Number.NaN] as const)
        const sorted = pairs.toSorted(([a, x], [b, y]) => a - b || x - y)
        for (const [i, [a, x]] of sorted.entries()) {
          const [b, y] = sorted[i + 1] ?? [a, x]
          if (b > a && !(y > x)) return `in "${k}" reward ${b} has ${short(y)} and reward ${a} has ${short(x)}`
        }
      }
      return null
    },
    { shown: group, look: 'the sign, and clipping' },
  )

/** The shift, no further than the range lets it. */
const withinRange = (raw: Raw<string>, wanted: number, { least, most }: Domain): number => {
  const rewards = Object.values(raw.rewards).flatMap(given => given.filter(r => r !== null))
  const room = wanted > 0 ? most - Math.max(...rewards) : least - Math.min(...rewards)
  return Math.abs(wanted) <= Math.abs(room) ? wanted : Math.trunc(room * 64) / 64
}

const shifted = <K extends string>({ processes, domain, slack, exact }: Subject<K>): PosedLaw<K> =>
  posed(
    'shift',
    'a number added to all rewards changes nothing',
    fc
      .tuple(exact, fc.constantFrom(1, 0.5, -1, 100, 1000, -1000))
      .map(([raw, wanted]) => [raw, withinRange(raw, wanted, domain)] as const),
    function* ([raw, shift]) {
      return apart(
        processes,
        yield* one(processes, raw),
        yield* one(
          processes,
          mapRewards(raw, r => r + shift),
        ),
        slack,
      )
    },
    { shown: ([raw, by]) => `${group(raw)}, and ${by} more`, look: 'whether the mean is taken off' },
  )

const balanced = <K extends string>({ processes, slack, exact }: Subject<K>): PosedLaw<K> =>
  posed(
    'zero sum',
    'the advantages of a process add up to 0 over a group',
    exact,
    function* (raw) {
      const made = yield* one(processes, raw)
      for (const k of processes) {
        const total = made.advantages[k].reduce((s, a) => s + a, 0)
        const size = made.advantages[k].reduce((s, a) => s + Math.abs(a), 0)
        if (!near(total, 0, slack(size))) return `the advantages of "${k}" add up to ${short(total)}`
      }
      return null
    },
    { shown: group, look: 'the mean: a median, a batch mean or a mean of some of them is none' },
  )

/** What most normalisers do with the numbers of a group: symmetric, monotone, free of a shift, centred. */
export const ordering = <K extends string>(subject: Subject<K>): readonly PosedLaw<K>[] => [
  ...(subject.habits.symmetric ? [symmetric(subject)] : []),
  ...(subject.habits.keepsOrder ? [ordered(subject)] : []),
  ...(subject.habits.shiftFree && subject.domain.values === null ? [shifted(subject)] : []),
  ...(subject.habits.zeroSum ? [balanced(subject)] : []),
]
