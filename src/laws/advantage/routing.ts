import fc from 'fast-check'
import { groupRewards } from '../groups.ts'
import { type Law, law } from '../law.ts'
import { apart, type Subject, withRewards } from './subject.ts'

/** Groups are normalised each by itself. */
export const groupScoped = <K extends string>({ processes, batch, one, any }: Subject<K>): readonly Law[] => [
  law(
    'a batch is the map over its groups',
    'what else is in the batch changes nothing',
    fc.array(any, { maxLength: 5 }),
    groups => {
      const together = [...batch(groups)]
      if (together.length !== groups.length) return `${groups.length} groups became ${together.length}`
      for (const [i, made] of together.entries()) {
        const raw = groups[i]
        if (raw === undefined || made.group !== raw.group) return `group ${i} is "${made.group}", not "${raw?.group}"`
        const why = apart(processes, made, one(raw))
        if (why !== null) return `in group ${i} ${why} when it is alone`
      }
      return null
    },
  ),
]

/** Each process is normalised from its own rewards, for its own tokens. */
export const routedByProcess = <K extends string>({ processes, one, any }: Subject<K>): readonly Law[] => [
  law(
    'processes are independent',
    'the rewards of one process change nothing for another',
    any.chain(raw =>
      fc.tuple(fc.constant(raw), fc.constantFrom(...processes), groupRewards({ minSize: raw.size, maxSize: raw.size })),
    ),
    ([raw, changed, rewards]) =>
      apart(
        processes.filter(k => k !== changed),
        one(raw),
        one(withRewards(raw, (given, k) => (k === changed ? rewards : given))),
      ),
  ),
  law('nothing outside', 'tokens of no process get no advantage', any, raw => {
    const { outside } = one(raw)
    const i = outside.findIndex(a => a !== 0)
    return i === -1 ? null : `rollout ${i} has ${outside[i]} outside every process`
  }),
]

/** One advantage for every token of a rollout. */
export const onAllTokens = <K extends string>({ processes, one, any }: Subject<K>): readonly Law[] => [
  law('one advantage for all tokens', 'every process and every token outside has the same one', any, raw => {
    const made = one(raw)
    const odd = processes.find(k => made.outside.some((a, i) => made.advantages[k][i] !== a))
    return odd === undefined ? null : `"${odd}" differs from the tokens outside`
  }),
]
