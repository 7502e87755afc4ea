import fc from 'fast-check'
import { posed } from '../asking.ts'
import { shownGroups } from '../groups.ts'
import { short } from '../round.ts'
import { alike, apart, firstBad, mapRewards, one, type PosedLaw, type Subject } from './subject.ts'

const std = (rewards: readonly (number | null)[]): number => {
  const scored = rewards.filter(r => r !== null)
  const mean = scored.reduce((s, r) => s + r, 0) / scored.length
  return Math.sqrt(scored.reduce((s, r) => s + (r - mean) ** 2, 0) / Math.max(1, scored.length - 1))
}

/** Powers of two that rewards of at most 8 may be multiplied with in a range. */
const powers = ({ least, most }: Subject<string>['domain']): readonly number[] => {
  const room = Math.floor(Math.log2(Math.max(1, Math.min(-least, most) / 8)))
  return room < 1 ? [-1, -2] : [1, -1, room]
}

/** What dividing by a standard deviation of the group gives. `ddof` is 1 or 0. */
export const scaling = <K extends string>(
  { processes, domain, slack, routing, any, exact }: Subject<K>,
  ddof: 0 | 1,
  epsilon: number,
): readonly PosedLaw<K>[] => [
  posed(
    'bound',
    'no advantage is beyond (G − 1)/√G, or √(G − 1) with n in place of n − 1',
    any,
    function* (raw) {
      const bound = ddof === 1 ? (raw.size - 1) / Math.sqrt(raw.size) : Math.sqrt(raw.size - 1)
      const made = yield* one(processes, raw)
      const most = bound * (1 + (domain.float32 ? 1e-3 : 1e-9))
      return firstBad(processes, made, a => Math.abs(a) > most, `beyond ${short(bound)} for ${raw.size} rollouts`)
    },
    { shown: raw => shownGroups([raw]), look: 'the divisor' },
  ),
  ...(domain.values === null
    ? [
        posed(
          'scale',
          'rewards times a positive number give the same advantages, up to epsilon',
          fc.tuple(exact, fc.constantFrom(...powers(domain))),
          function* ([raw, power]) {
            const same = routing === 'process' ? raw : alike(processes, raw)
            const larger = mapRewards(same, r => r * 2 ** power)
            return apart(processes, yield* one(processes, same), yield* one(processes, larger), (size, k) => {
              const spread = std(same.rewards[k]) * Math.min(1, 2 ** power)
              return slack(size) + (spread === 0 ? 0 : (size * 2 * epsilon) / spread)
            })
          },
          {
            shown: ([raw, power]) => `${shownGroups([raw])}, and times 2^${power}`,
            look: 'a variance in place of its root, and squares that overflow',
          },
        ),
      ]
    : []),
]
