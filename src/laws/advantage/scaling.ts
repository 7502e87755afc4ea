import fc from 'fast-check'
import { byDefinition } from '../definition.ts'
import { type Law, law } from '../law.ts'
import { apart, firstBad, mapRewards, near, type Subject, withRewards } from './subject.ts'

/** The definition, written out by another road. With one process this is GRPO. */
export const defined = <K extends string>({
  processes,
  promises,
  one,
  moderate,
  tight,
}: Subject<K>): readonly Law[] => [
  law(
    'definition',
    '(reward − mean) / divisor, digit for digit in float64; with one process it is GRPO',
    fc.oneof(moderate, tight),
    raw => {
      const made = one(raw)
      for (const k of processes)
        for (const [i, wanted] of byDefinition(raw.rewards[k], promises).entries()) {
          const got = made.advantages[k][i] as number
          if (!near(got, wanted, 1e-10 * (1 + Math.abs(wanted))))
            return `rollout ${i} of "${k}" has ${got}, by definition ${wanted}`
        }
      return null
    },
  ),
]

const std = (rewards: readonly (number | null)[]): number => {
  const scored = rewards.filter(r => r !== null)
  const mean = scored.reduce((s, r) => s + r, 0) / scored.length
  return Math.sqrt(scored.reduce((s, r) => s + (r - mean) ** 2, 0) / Math.max(1, scored.length - 1))
}

/** What dividing by a standard deviation gives. */
export const standardised = <K extends string>(subject: Subject<K>): readonly Law[] => {
  const { processes, promises, one, any, exact } = subject
  return [
    law('bound', 'no advantage is beyond (G − 1)/√G, or √(G − 1) with n in place of n − 1', any, raw => {
      const bound = promises.scale === 'sample' ? (raw.size - 1) / Math.sqrt(raw.size) : Math.sqrt(raw.size - 1)
      return firstBad(
        subject,
        one(raw),
        a => Math.abs(a) > bound * (1 + 1e-12),
        `beyond ${bound} for ${raw.size} rollouts`,
      )
    }),
    law(
      'scale',
      'rewards times a positive number, however large, give the same advantages, up to epsilon',
      fc.tuple(exact, fc.oneof(fc.integer({ min: -1, max: 10 }), fc.constantFrom(600, 1000))),
      ([raw, power]) => {
        const same = promises.routing === 'process' ? raw : withRewards(raw, () => raw.rewards[processes[0] as K])
        return apart(processes, one(same), one(mapRewards(same, r => r * 2 ** power)), (v, k) => {
          const spread = std(same.rewards[k])
          return 1e-9 + (spread === 0 ? 0 : (v * 2 * (promises.epsilon ?? 1e-4)) / spread)
        })
      },
    ),
  ]
}
