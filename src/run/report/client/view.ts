import { isConstant } from '../constant-group.ts'
import type { PageGroup, PageRollout } from '../page-groups.ts'

/** What is asked of the groups that are shown; empty or `all` asks nothing. */
export interface Filter {
  readonly phase: string
  /** A second phase, beside the first. */
  readonly beside: string
  readonly type: string
  readonly kind: string
  /** A process whose mean reward is asked for, and its bounds. */
  readonly process: string
  readonly least: number
  readonly most: number
  readonly from: number
  readonly to: number
  readonly words: string
}

const values = (record: Readonly<Record<string, number | null>>): readonly number[] =>
  Object.values(record).flatMap(value => (value === null ? [] : [value]))

/** Mean reward of a process over the rollouts that are scored; null where none is. */
export const meanReward = ({ rollouts }: PageGroup, process: string): number | null => {
  const scored = rollouts.flatMap(({ rewards }) => rewards[process] ?? [])
  return scored.length === 0 ? null : scored.reduce((a, b) => a + b, 0) / scored.length
}

const kinds: Readonly<Record<string, (group: PageGroup, processes: readonly string[]) => boolean>> = {
  malformed: ({ rollouts }) => rollouts.some(({ malformed }) => malformed !== undefined),
  truncated: ({ rollouts }) => rollouts.some(({ truncated }) => truncated === true),
  unscored: ({ rollouts }) => rollouts.some(({ rewards }) => values(rewards).length < Object.keys(rewards).length),
  mismatch: ({ rollouts }) => rollouts.some(({ mismatch }) => mismatch === true),
  constant: (group, processes) => processes.some(process => isConstant(group, process)),
}

/** The kinds of groups that can be asked for. */
export const kindNames: readonly string[] = Object.keys(kinds)

const has = (group: PageGroup, words: string): boolean => {
  const text = [
    group.id,
    group.problem ?? '',
    ...group.rollouts.flatMap(({ pieces }) => pieces.map(([, , t]) => t.join(''))),
  ]
  return text.join('\n').toLowerCase().includes(words.toLowerCase())
}

/** Whether a group is asked for. */
export const isAsked = (group: PageGroup, filter: Filter, processes: readonly string[]): boolean => {
  const mean = filter.process === '' ? 0 : meanReward(group, filter.process)
  return (
    group.phase === filter.phase &&
    group.step >= filter.from &&
    group.step <= filter.to &&
    (filter.type === '' || group.problemType === filter.type) &&
    (filter.kind === '' || (kinds[filter.kind]?.(group, processes) ?? true)) &&
    (filter.process === '' || (mean !== null && mean >= filter.least && mean <= filter.most)) &&
    (filter.words === '' || has(group, filter.words))
  )
}

/** The group of another phase on the same question, of the nearest step. */
export const counterpart = (
  groups: readonly PageGroup[],
  phase: string,
  { id, step }: PageGroup,
): PageGroup | undefined =>
  groups
    .filter(group => group.phase === phase && group.id === id)
    .toSorted((a, b) => Math.abs(a.step - step) - Math.abs(b.step - step))[0]

/** The largest absolute advantage of a group, by which its colours are scaled. */
export const largestAdvantage = (rollouts: readonly PageRollout[]): number =>
  Math.max(1e-9, ...rollouts.flatMap(({ pieces }) => pieces.map(([, advantage]) => Math.abs(advantage ?? 0))))

/** A number for a reader: two decimals and a sign where it matters. */
export const number = (value: number | null | undefined): string =>
  value === undefined ? '–' : value === null ? 'unscored' : value.toFixed(2)

/** An advantage with its sign. */
export const signed = (value: number | null | undefined): string =>
  value === undefined || value === null ? '–' : `${value > 0 ? '+' : value < 0 ? '−' : ''}${Math.abs(value).toFixed(2)}`
