import type { News } from '../news.ts'
import type { PageGroups } from '../page-groups.ts'

/** The groups of a page with those that came since: a group that grew takes the place of itself, and those that are not sampled any more go. */
export const withNews = (before: PageGroups, { whole, groups, ...told }: NonNullable<News['groups']>): PageGroups => {
  if (whole) return { ...told, groups }
  const keyOf = (phase: string, nth: number) => JSON.stringify([phase, nth])
  const fresh = new Set(groups.map(({ phase, nth }) => keyOf(phase, nth)))
  const every = new Map(told.phases.map(one => [one.phase, one.every]))
  const stay = before.groups.filter(
    ({ phase, nth }) => nth % (every.get(phase) ?? 1) === 0 && !fresh.has(keyOf(phase, nth)),
  )
  const order = new Map(told.phases.map(({ phase }, index) => [phase, index]))
  const all = [...stay, ...groups].toSorted(
    (a, b) => (order.get(a.phase) ?? 0) - (order.get(b.phase) ?? 0) || a.nth - b.nth,
  )
  return { ...told, groups: all }
}
