import { diagnose } from './diagnosis/diagnose.ts'
import { mean } from './diagnosis/signs.ts'
import { curvesByPhase } from './report/curves.ts'
import { numbersOfGroup } from './report/group-numbers.ts'
import { groupsWithin } from './report/groups.ts'
import type { FailureRow, MetricRow, RolloutRow } from './rows.ts'
import type { Status } from './status.ts'

/** What a run writes, as its status line is told of it. */
export interface StatusFeed {
  readonly metrics: (row: MetricRow) => void
  readonly rollouts: (rows: readonly RolloutRow[]) => void
  readonly failure: (row: Pick<FailureRow, 'phase'>) => void
}

/** Bytes of groups that the diagnosis of the line looks at; milliseconds between two of them; steps before the first. */
const [groupBytes, pause, firstSteps] = [1_000_000, 10_000, 5]
/** From this weight on the line shows what speaks against a phase. */
const heavy = 0.35

/** What completions say under the names that metrics give it. */
const nameOf = (name: string): string | undefined =>
  name === 'malformed'
    ? name
    : name === 'same/all'
      ? 'frac_reward_zero_std/pa_grpo'
      : name.startsWith('reward/')
        ? `rewards/${name.slice('reward/'.length)}/mean`
        : undefined

/** Means over the groups of the rows. */
const numbersOf = (rows: readonly RolloutRow[]): ReadonlyMap<string, number> => {
  const groups = new Map<string, RolloutRow[]>()
  for (const row of rows) groups.set(row.id, [...(groups.get(row.id) ?? []), row])
  const values = new Map<string, number[]>()
  for (const group of groups.values())
    for (const [name, value] of Object.entries(numbersOfGroup(group))) {
      const called = nameOf(name)
      if (called !== undefined) values.set(called, [...(values.get(called) ?? []), value])
    }
  return new Map([...values].map(([name, all]) => [name, mean(all) ?? 0]))
}

/** Keeps of what is written as much as a diagnosis needs: some megabytes, however long the run is. */
export const statusFeed = (status: Status, now: () => number): StatusFeed => {
  const [curves, groups] = [curvesByPhase(), groupsWithin(groupBytes)()]
  const failures = new Map<string, number>()
  /** The names that metrics have: what they say is of all completions, not only of those that were kept. */
  const named = new Map<string, Set<string>>()
  const steps = new Map<string, number>()
  let last = Number.NEGATIVE_INFINITY
  const look = (phase: string): void => {
    if (now() - last < pause || (steps.get(phase) ?? 0) < firstSteps) return
    last = now()
    const found = diagnose({ curves: curves.all(), groups: groups.all() })
    status.sign(phase, found.find(one => one.phase === phase && one.weight >= heavy)?.short)
  }
  return {
    metrics: row => {
      curves.add(row)
      steps.set(row.phase, (steps.get(row.phase) ?? 0) + 1)
      const names = named.get(row.phase) ?? new Set()
      for (const name of Object.keys(row.values)) names.add(name)
      named.set(row.phase, names)
      status.numbers(row.phase, row.values)
      look(row.phase)
    },
    rollouts: rows => {
      for (const row of rows) groups.add(row)
      const phase = rows.at(-1)?.phase
      if (phase === undefined) return
      const own = rows.filter(row => row.phase === phase)
      const fresh = [...numbersOf(own)].filter(([name]) => !named.get(phase)?.has(name))
      status.numbers(phase, Object.fromEntries(fresh))
    },
    failure: ({ phase }) => {
      const count = (failures.get(phase) ?? 0) + 1
      failures.set(phase, count)
      status.numbers(phase, { failures: count })
    },
  }
}
