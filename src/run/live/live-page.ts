import type { News } from '../report/news.ts'
import type { PageGroups } from '../report/page-groups.ts'
import { shellHtml } from '../report/shell.ts'
import type { Follower } from './follow.ts'
import { groupNews } from './group-news.ts'
import { nowLine } from './now-line.ts'
import type { Pace } from './pace.ts'
import { bodyOf, type LivePart, liveParts } from './parts.ts'

/** The page of a run that is being written. */
export interface LivePage {
  readonly whole: () => Promise<string>
  /** What a page that shows this version has not seen. */
  readonly news: (since: number) => Promise<News>
}

/** What one reading of the run came to. */
interface Shown {
  readonly version: number
  readonly name: string
  readonly parts: readonly LivePart[]
  readonly groups: PageGroups
  readonly pace: Pace | undefined
}

/** Milliseconds between two readings: five times as long as one took, so that the run keeps its processor, within these bounds. */
const [leastPause, longestPause] = [1000, 10_000]

/**
 * Reads a run when it is asked for, not more often than once a second, and draws what changed. Readers who ask at the same time share one
 * reading. Holds the run as its page shows it, once.
 */
export const livePage = (follower: Follower, now: () => number = Date.now): LivePage => {
  const partsOf = liveParts()
  const sample = groupNews()
  let shown: Shown | undefined
  let under: Promise<Shown> | undefined
  let next = 0
  const read = async (): Promise<Shown> => {
    const begun = now()
    const { changed, anew } = await follower.read()
    if (shown === undefined || changed) {
      const version = (shown?.version ?? 0) + 1
      const { record, pace } = follower.record()
      if (anew) sample.forget()
      sample.note(version, record.groups)
      const parts = await partsOf(record, version)
      shown = { version, name: record.name, parts, groups: record.groups, pace }
    }
    next = now() + Math.min(longestPause, Math.max(leastPause, 5 * (now() - begun)))
    return shown
  }
  const current = async (): Promise<Shown> => {
    if (under === undefined && shown !== undefined && now() < next) return shown
    under ??= read().finally(() => {
      under = undefined
    })
    return under
  }
  return {
    whole: async () => {
      const { version, name, parts, groups } = await current()
      return shellHtml({ name, body: bodyOf(parts), groups, live: version })
    },
    news: async since => {
      const { version, parts, groups, pace } = await current()
      const line = nowLine(await follower.state(), pace, now())
      if (since === version) return { version, now: line }
      const changed = parts.filter(part => part.since > since || since > version)
      return {
        version,
        now: line,
        order: parts.map(({ id }) => id),
        parts: Object.fromEntries(changed.map(({ id, markup }) => [id, markup])),
        groups: sample.since(since, groups),
      }
    },
  }
}
