import type { Collector } from '../read-rows.ts'
import type { FailureRow } from '../rows.ts'
import type { ReportTable } from './table.ts'

/** Failures of one kind at one stage: how many, in which phases, and the first of them. */
export interface FailureKind {
  readonly count: number
  readonly phases: readonly string[]
  readonly first: FailureRow
}

/** Kinds, and phases of a kind, that are told apart. */
const [mostKinds, mostPhases] = [200, 20]

interface Growing {
  count: number
  readonly phases: Set<string>
  readonly first: FailureRow
}

/** Failures by kind and stage, the most frequent first. Holds one row of each of 200 kinds. */
export const failureKinds = (): Collector<FailureRow, readonly FailureKind[]> => {
  const kinds = new Map<string, Growing>()
  return {
    add: row => {
      const key = JSON.stringify([row.tag, row.stage])
      const kind = kinds.get(key) ?? { count: 0, phases: new Set<string>(), first: row }
      if (!kinds.has(key) && kinds.size >= mostKinds) return
      kinds.set(key, kind)
      kind.count += 1
      if (kind.phases.size < mostPhases) kind.phases.add(row.phase)
    },
    all: () =>
      [...kinds.values()]
        .map(({ count, phases, first }) => ({ count, phases: [...phases], first }))
        .toSorted((a, b) => b.count - a.count),
  }
}

/** Failures by kind as a table: what, where, how often, one of them, and what to do. */
export const failureTable = (kinds: readonly FailureKind[]): ReportTable => {
  const most = Math.max(1, ...kinds.map(({ count }) => count))
  return {
    kind: 'table',
    wrap: true,
    columns: [
      { title: 'failure' },
      { title: 'stage' },
      { title: 'phases' },
      { title: 'count', align: 'right' },
      { title: '' },
      { title: 'for example' },
      { title: 'what to do' },
    ],
    rows: kinds.map(({ count, phases, first }) => ({
      name: first.tag,
      cells: [
        first.stage,
        phases.join(', '),
        String(count),
        { bar: count / most },
        `${first.item}: ${first.cause}`,
        first.remedy,
      ],
    })),
  }
}
