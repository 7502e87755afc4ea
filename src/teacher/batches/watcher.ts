import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../flow/index.ts'
import { teacherFault } from '../fault.ts'
import type { TeacherFault } from '../types.ts'
import type { Desk } from './desk.ts'
import { due } from './due.ts'
import type { Again } from './ended.ts'
import type { Chunk } from './history.ts'
import { type Look, lookAt, type Watched } from './look.ts'
import type { Watching } from './sender.ts'

/** Watches the batches of the journal. */
export interface Watcher extends Watching {
  /** Looks whether anybody still waits. */
  readonly wake: () => void
  /** Resolves when no look is under way. */
  readonly idle: () => Promise<void>
}

/** Faults of one batch; the others are the server's or the disk's, and end the waiting of all. */
const ofOneBatch: ReadonlySet<TeacherFault['_tag']> = new Set(['NoBatch', 'BadRequest', 'Unreadable'])

/** What a fault means for those who wait: for this chunk, or for all. */
const fail = ({ abandon, halt, tellAll }: Desk, chunk: Chunk, fault: TeacherFault, isBudgetWaiting: boolean): void => {
  if (ofOneBatch.has(fault._tag)) tellAll(chunk.keys, fault)
  else abandon(fault)
  // Others may go on without unreadable results, but a budget cannot tell what they cost.
  if (fault._tag !== 'Unreadable' || isBudgetWaiting) halt(fault)
}

/** Who waits for some batch to be settled. */
const settlement = () => {
  let waiting: (() => void)[] = []
  return {
    isAwaited: () => waiting.length > 0,
    next: () => new Promise<void>(resolve => void waiting.push(resolve)),
    happened: () => {
      const told = waiting
      waiting = []
      for (const tell of told) tell()
    },
  }
}

/**
 * Looks at batches one after the other, the one that waited longest first, with growing and random waits, for as long as
 * somebody waits for an answer of theirs. A server that stays away, and a disk that is full, end the waiting of all.
 */
export const watcher = (desk: Desk, again: Again): Watcher => {
  const { history, wants, settings, closing, abandon } = desk
  const watching = due(settings.pollMs)
  const settled = settlement()
  let alarm = new AbortController()
  let running = false
  let looking: Promise<void> = Promise.resolve()

  const settle = (number: number): void => {
    watching.remove(number)
    settled.happened()
  }
  const isWanted = (number: number): boolean =>
    settled.isAwaited() || history.chunk(number)?.keys.some(wants.has) === true
  const next = (): Watched | undefined => {
    for (let first = watching.first(); first !== undefined && !closing.aborted; first = watching.first()) {
      if (isWanted(first.number)) return first
      settle(first.number)
    }
    return undefined
  }
  const conclude = (watched: Watched, chunk: Chunk, found: Look): void => {
    if (found === 'now') watched.due = 0
    else if (found === 'later') watching.later(watched)
    else {
      if (found !== 'settled') fail(desk, chunk, found, settled.isAwaited())
      settle(watched.number)
    }
  }
  const run = async (): Promise<void> => {
    for (let one = next(); one !== undefined; one = next()) {
      const wait = one.due - performance.now()
      const chunk = history.chunk(one.number)
      if (wait > 0) {
        alarm = new AbortController()
        await sleep(wait, undefined, { signal: alarm.signal }).catch(() => undefined)
      } else if (chunk !== undefined) conclude(one, chunk, await lookAt(desk, again, one, chunk))
    }
  }
  const broke = (error: unknown): void =>
    abandon(teacherFault('BadRequest', `${desk.name}: watching batches broke off: ${messageOf(error)}`, 'Report it.'))
  const watch = (number: number, candidates?: readonly string[]): void => {
    if (watching.has(number)) return
    watching.add(number, candidates, (history.chunk(number)?.at ?? 0) < desk.openedAt)
    alarm.abort()
    if (running) return
    running = true
    looking = run()
      .catch(broke)
      .finally(() => {
        running = false
      })
  }
  return {
    watch,
    wake: () => alarm.abort(),
    idle: () => looking,
    settled: () => {
      const happened = settled.next()
      for (const { number } of history.open()) watch(number)
      return happened
    },
  }
}
