import fc from 'fast-check'
import { type Law, law } from '../law.ts'
import { apart, firstBad, mapRewards, near, type Subject, withRewards } from './subject.ts'

/** Laws of every normaliser of rewards, whatever else it promises. */
export const always = <K extends string>(subject: Subject<K>): readonly Law[] => {
  const { processes, promises, one, any, exact, moderate } = subject
  return [
    law('one advantage a rollout', 'as many advantages as rollouts, for each process and outside', any, raw => {
      const made = one(raw)
      const sizes = [...processes.map(k => made.advantages[k].length), made.outside.length, made.size]
      if (sizes.every(s => s === raw.size) && made.group === raw.group) return null
      return `group "${raw.group}" of ${raw.size} became "${made.group}" with sizes ${sizes.join(', ')}`
    }),
    law('finite', 'no NaN and no infinity, whatever the rewards', any, raw =>
      firstBad(subject, one(raw), a => !Number.isFinite(a), 'which is not finite'),
    ),
    law(
      'a constant group is exactly 0',
      'equal rewards say nothing, also 0.1 sixteen times',
      fc.tuple(
        fc.oneof(fc.constantFrom(0.1, 0.7, 1 / 3, 2.2), fc.double({ min: -1e307, max: 1e307, noNaN: true })),
        any,
      ),
      ([value, raw]) => firstBad(subject, one(mapRewards(raw, () => value)), a => a !== 0, 'not 0'),
    ),
    law('input stays as it is', 'the rewards are read, not written', moderate, raw => {
      const before = JSON.stringify(raw)
      one(raw)
      return JSON.stringify(raw) === before ? null : 'the rewards were changed'
    }),
    law('no memory', 'a group gives the same advantages whatever came before, under its name or another', any, raw => {
      const before = one(raw)
      const turned = mapRewards(raw, r => -r)
      const renamed = one({ ...turned, group: `${raw.group}, turned` })
      return apart(processes, renamed, one({ ...turned, group: raw.group })) ?? apart(processes, before, one(raw))
    }),
    law(
      'permutation',
      'rollouts in another order give the same advantages in that order',
      exact.chain(raw => fc.tuple(fc.constant(raw), shuffled(raw.size))),
      ([raw, order]) => {
        const moved = withRewards(raw, given => order.map(i => given[i] ?? null))
        return apart(
          processes,
          one(raw),
          one(moved),
          v => 1e-9 * (1 + v),
          i => order[i] as number,
        )
      },
    ),
    law(
      'shift',
      'a number added to all rewards changes nothing',
      fc.tuple(exact, fc.integer({ min: -1000, max: 1000 })),
      ([raw, shift]) => apart(processes, one(raw), one(mapRewards(raw, r => r + shift)), v => 1e-7 * (1 + v)),
    ),
    law('order', 'a higher reward never has the lower advantage', moderate, raw => {
      const first = processes[0] as K
      const given = promises.routing === 'process' ? raw : withRewards(raw, () => raw.rewards[first])
      const made = one(given)
      for (const k of processes)
        for (const [i, a] of given.rewards[k].entries())
          for (const [j, b] of given.rewards[k].entries()) {
            const [x, y] = [made.advantages[k][i] as number, made.advantages[k][j] as number]
            if (a !== null && b !== null && a > b && x <= y)
              return `in "${k}" reward ${a} has ${x} and reward ${b} has ${y}`
          }
      return null
    }),
    law(
      'unscored members change nothing for the rest',
      'an unscored rollout gets 0, and the others what they get without it',
      exact.chain(raw =>
        fc.tuple(
          fc.constant(raw),
          fc.subarray(
            Array.from({ length: raw.size }, (_, i) => i),
            { minLength: 2 },
          ),
        ),
      ),
      ([raw, kept]) => {
        const made = one(withRewards(raw, given => given.map((r, i) => (kept.includes(i) ? r : null))))
        for (const k of processes) {
          const stray = made.advantages[k].findIndex((a, i) => !kept.includes(i) && a !== 0)
          if (stray !== -1) return `the unscored rollout ${stray} of "${k}" has ${made.advantages[k][stray]}`
        }
        const rest = one(withRewards(raw, given => kept.map(i => given[i] ?? null)))
        return apart(
          processes,
          made,
          rest,
          v => 1e-9 * (1 + v),
          i => kept[i] as number,
        )
      },
    ),
    law(
      'zero sum',
      'the advantages of a process add up to 0, over a group or, where the batch enters, over the batch',
      moderate,
      raw => {
        const made = one(raw)
        for (const k of processes) {
          const total = made.advantages[k].reduce((s, a) => s + a, 0)
          const size = made.advantages[k].reduce((s, a) => s + Math.abs(a), 0)
          if (!near(total, 0, 1e-9 * (1 + size))) return `the advantages of "${k}" add up to ${total}`
        }
        return null
      },
    ),
  ]
}

const shuffled = (size: number): fc.Arbitrary<readonly number[]> =>
  fc.shuffledSubarray(
    Array.from({ length: size }, (_, i) => i),
    { minLength: size, maxLength: size },
  )
