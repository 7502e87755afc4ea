import fc from 'fast-check'
import type { Raw } from '../../advantage/index.ts'
import { posed } from '../asking.ts'
import { groupsIn, shownGroups } from '../groups.ts'
import { simpleNumbers } from '../round.ts'
import { all, apart, firstBad, one, type PosedLaw, type Subject, withRewards } from './subject.ts'

const group = (raw: Raw<string>): string => shownGroups([raw])

const indices = (size: number): readonly number[] => Array.from({ length: size }, (_, i) => i)

/** A group of equal rewards, and rollouts without a score. */
export const silent = <K extends string>({
  processes,
  domain,
  slack,
  habits,
  exact,
  any,
}: Subject<K>): readonly PosedLaw<K>[] => {
  const constant = fc.constantFrom(...(domain.values ?? simpleNumbers(domain.least, domain.most)))
  const kept = exact.chain(raw =>
    fc.tuple(fc.constant(raw), fc.subarray([...indices(raw.size)], { minLength: Math.min(raw.size, domain.minSize) })),
  )
  return [
    ...(habits.constantIsZero
      ? [
          posed(
            'a constant group is exactly 0',
            'equal rewards say nothing, also 0.1 sixteen times',
            fc.tuple(constant, any),
            function* ([value, raw]) {
              const given = domain.float32 ? Math.fround(value) : value
              const made = yield* one(
                processes,
                withRewards(raw, rewards => rewards.map(() => given)),
              )
              return firstBad(processes, made, a => a !== 0, 'not 0')
            },
            {
              shown: ([value, raw]) => `${raw.size} rewards of ${value}`,
              look: 'whether constant is decided by max = min: a mean is rounded, and then differs from what it is the mean of',
            },
          ),
        ]
      : []),
    ...(habits.skipsUnscored && domain.missing
      ? [
          posed(
            'unscored members change nothing for the rest',
            'an unscored rollout gets 0, and the others what they get without it',
            kept,
            function* ([raw, scored]) {
              const held = withRewards(raw, given => given.map((r, i) => (scored.includes(i) ? r : null)))
              const made = yield* one(processes, held)
              for (const k of processes) {
                const stray = made.advantages[k].findIndex((a, i) => !scored.includes(i) && a !== 0)
                if (stray !== -1) return `the unscored rollout ${stray} of "${k}" has ${made.advantages[k][stray]}`
              }
              const rest = yield* one(
                processes,
                withRewards(raw, given => scored.map(i => given[i] ?? null)),
              )
              return apart(processes, made, rest, slack, i => scored[i] ?? i)
            },
            {
              shown: ([raw, scored]) =>
                group(withRewards(raw, given => given.map((r, i) => (scored.includes(i) ? r : null)))),
              look: 'the mean, the deviation and the count over scored ones only',
            },
          ),
        ]
      : []),
  ]
}

/** What the groups of a batch are to each other. */
export const batched = <K extends string>({
  processes,
  domain,
  slack,
  wholeBatch,
  batches,
  exact,
}: Subject<K>): readonly PosedLaw<K>[] => {
  const given = domain.float32 || wholeBatch ? fc.array(exact, { minLength: 1, maxLength: 8 }) : batches
  if (!wholeBatch)
    return [
      posed(
        'a batch is the map over its groups',
        'what else is in the batch changes nothing',
        given,
        function* (groups) {
          const together = yield* all(processes, groups)
          for (const [i, raw] of groups.entries()) {
            const alone = yield* one(processes, raw)
            const why = apart(processes, together[i]!, alone, domain.float32 ? slack : () => 0)
            if (why !== null) return `in group ${i} ${why} when it is alone`
          }
          return null
        },
        {
          shown: shownGroups,
          look: 'means and deviations of the batch, groups taken together by name, and the last group',
        },
      ),
    ]
  return [
    posed(
      'groups in another order',
      'give the same advantages in that order',
      given,
      function* (groups) {
        const made = yield* all(processes, groups)
        const turned = yield* all(processes, groups.toReversed())
        for (const [i, found] of turned.toReversed().entries()) {
          const why = apart(processes, made[i]!, found, slack)
          if (why !== null) return `in group ${i} ${why} when the batch is turned round`
        }
        return null
      },
      { shown: shownGroups, look: 'groups taken together by name, and the first and the last group' },
    ),
  ]
}

/** Which rewards reach which tokens. */
export const routed = <K extends string>({ processes, domain, routing, any }: Subject<K>): readonly PosedLaw<K>[] => {
  if (routing === 'all')
    return [
      posed(
        'one advantage for all tokens',
        'every process and every token outside has the same one',
        any,
        function* (raw) {
          const made = yield* one(processes, raw)
          for (const k of processes)
            for (const [i, a] of made.outside.entries())
              if (!Object.is(made.advantages[k][i], a) && made.advantages[k][i] !== a)
                return `rollout ${i} of "${k}" has ${made.advantages[k][i]}, tokens outside have ${a}`
          return null
        },
        { shown: group, look: 'whether advantages are given by process' },
      ),
    ]
  // The largest groups, so that every other finds enough rewards in them.
  const others = groupsIn(processes, { ...domain, minSize: domain.maxSize })
  return [
    posed(
      'processes are independent',
      'the rewards of one process change nothing for another',
      fc.tuple(any, fc.constantFrom(...processes), others),
      function* ([raw, changed, other]) {
        const another = withRewards(raw, (given, k) =>
          k === changed ? other.rewards[k].slice(0, given.length) : given,
        )
        const rest = processes.filter(k => k !== changed)
        return apart(rest, yield* one(processes, raw), yield* one(processes, another))
      },
      {
        shown: ([raw, changed, other]) =>
          `${group(raw)}, and with other rewards for "${changed}" (${other.rewards[changed].slice(0, Math.min(raw.size, 4)).join(', ')} …)`,
        look: 'sums, deviations or unscored members shared by processes, and the order of the processes',
      },
    ),
    posed(
      'nothing outside',
      'tokens of no process get no advantage',
      any,
      function* (raw) {
        const { outside } = yield* one(processes, raw)
        const i = outside.findIndex(a => a !== 0)
        return i === -1 ? null : `rollout ${i} has ${outside[i]} outside every process`
      },
      { shown: group, look: '`outside` of the result' },
    ),
  ]
}
