import type { News } from '../report/news.ts'
import type { PageGroups } from '../report/page-groups.ts'

/** How many groups each phase had. */
type Counts = ReadonlyMap<string, number>

/** Versions that are remembered: a reader who comes from an older one is given all groups. */
const mostVersions = 100

/** Tells readers of groups what they have not seen: of a phase those that came since, and its last one, to which completions may have come. */
export const groupNews = () => {
  const versions = new Map<number, Counts>()
  return {
    /** The groups of a version. */
    note: (version: number, { phases }: PageGroups): void => {
      versions.set(version, new Map(phases.map(({ phase, of }) => [phase, of])))
      const [oldest] = versions.keys()
      if (versions.size > mostVersions && oldest !== undefined) versions.delete(oldest)
    },
    /** A log was cut: what readers have may be gone. */
    forget: (): void => versions.clear(),
    since: (version: number, all: PageGroups): NonNullable<News['groups']> => {
      const counts = versions.get(version)
      if (counts === undefined) return { ...all, whole: true }
      const groups = all.groups.filter(({ phase, nth }) => nth >= (counts.get(phase) ?? 0) - 1)
      return { ...all, groups, whole: false }
    },
  }
}
