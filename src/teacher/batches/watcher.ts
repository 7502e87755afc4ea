import { setTimeout as sleep } from 'node:timers/promises'
import { either as E } from 'fp-ts'
import { messageOf } from '../../flow/index.ts'
import { isLasting, teacherFault } from '../fault.ts'
import type { TeacherFault } from '../types.ts'
import type { ServerBatch } from './api.ts'
import { collect } from './collect.ts'
import { type Desk, plainFault } from './desk.ts'
import { candidatesOf, isOf } from './doubt.ts'
import type { Chunk } from './history.ts'
import type { Finding } from './outcome.ts'
import { patiently } from './patient.ts'
import type { Watching } from './sender.ts'

/** A chunk that is looked at from time to time until its results are read. */
interface Watched {
  readonly number: number
  /** When it is looked at next, and how long after the last look, in milliseconds. */
  due: number
  wait: number
  /** When it was first watched. */
  readonly since: number
  /** Batches that may be it; undefined where nobody looked yet, or where there is no doubt. */
  candidates: readonly string[] | undefined
  readonly ruledOut: Set<string>
}

/** What a look came to: look again later or at once, settled, or settled by a fault. */
type Look = 'later' | 'now' | 'settled' | TeacherFault

/** Watches the batches of the journal. */
export interface Watcher extends Watching {
  /** Looks whether anybody still waits. */
  readonly wake: () => void
}

const chance = (wait: number): number => wait * (0.75 + Math.random() / 2)

/** One look at one chunk. `again` is given the questions that need another round, with what went wrong. */
const looking = (desk: Desk, again: (key: string, fault: TeacherFault | undefined) => void) => {
  const { api, history, wants, settings, closing, write, halt } = desk
  const { outage, idleMs, settleMs, price } = settings
  const doubting = { api, outage, signal: closing, knows: history.knows }

  const tell = (key: string, outcome: Finding): void => {
    if (outcome.kind === 'again') again(key, outcome.fault)
    else if (outcome.kind === 'answered') wants.tell(key, E.right(outcome.usage))
    else {
      const { fault } = outcome
      const usage = outcome.kind === 'final' ? outcome.usage : undefined
      wants.tell(key, E.left(usage === undefined ? fault : { ...fault, usage }))
      if (outcome.kind === 'stopped' && isLasting(fault)) halt(fault)
    }
  }
  const collected = async (chunk: Chunk, batch: ServerBatch): Promise<Look> => {
    const outcomes: (readonly [string, Finding])[] = []
    const told = (key: string, outcome: Finding): void => void outcomes.push([key, outcome])
    const { kept, reading } = desk
    const done = await collect({ api, reading, kept, price, idleMs, outage, signal: closing, told }, chunk, batch)
    const written = E.isLeft(done) ? done : await write(done.right)
    // Told when it is journaled, so that who has all answers sees all that was spent; kept answers are told in any case.
    for (const [key, outcome] of outcomes) if (E.isRight(written) || outcome.kind === 'answered') tell(key, outcome)
    return E.isLeft(written) ? plainFault(written.left) : 'settled'
  }
  const named = async (watched: Watched, chunk: Chunk, batch: string): Promise<Look> => {
    const state = await patiently(
      () => api.retrieve(batch),
      outage,
      closing,
      ({ missing }) => !missing,
    )
    if (E.isRight(state)) return state.right.ended ? collected(chunk, state.right) : 'later'
    if (!state.left.missing) return plainFault(state.left)
    if (performance.now() - watched.since < settleMs) return 'later'
    return teacherFault(
      'NoBatch',
      `${desk.name}: the server does not have the batch ${batch} of the journal`,
      'Use a key of the workspace that made it; where it was deleted, its answers are gone: use another journal.',
    )
  }
  const absent = async (chunk: Chunk): Promise<Look> => {
    const written = await write({ kind: 'failed', chunk: chunk.number })
    if (E.isLeft(written)) return written.left
    for (const key of chunk.keys) again(key, undefined)
    return 'settled'
  }
  const doubted = async (watched: Watched, chunk: Chunk): Promise<Look> => {
    const { ruledOut } = watched
    if (watched.candidates === undefined || watched.candidates.length === 0) {
      const deadline = Math.max(chunk.at, desk.openedAt) + settleMs
      const found = await candidatesOf(doubting, chunk, chunk.at, deadline, ruledOut)
      if (E.isLeft(found)) return plainFault(found.left)
      if (closing.aborted) return 'later'
      if (found.right.length === 0) return absent(chunk)
      watched.candidates = found.right
    }
    for (const id of watched.candidates) {
      const state = await patiently(
        () => api.retrieve(id),
        outage,
        closing,
        ({ missing }) => !missing,
      )
      if (E.isLeft(state) && !state.left.missing) return plainFault(state.left)
      if (E.isRight(state) && !state.right.ended) continue
      const ours = E.isRight(state) ? await isOf(doubting, chunk, id, idleMs) : E.right(false)
      if (E.isLeft(ours)) return plainFault(ours.left)
      if (ours.right) {
        const written = await write({ kind: 'created', chunk: chunk.number, batch: id })
        return E.isLeft(written) ? written.left : 'now'
      }
      ruledOut.add(id)
    }
    watched.candidates = watched.candidates.filter(id => !ruledOut.has(id))
    return watched.candidates.length === 0 ? 'now' : 'later'
  }
  return (watched: Watched, chunk: Chunk): Promise<Look> =>
    chunk.batch === undefined ? doubted(watched, chunk) : named(watched, chunk, chunk.batch)
}

/**
 * Looks at batches one after the other, the one that waited longest first, with growing and random waits, for as long as
 * somebody waits for an answer of theirs. A server that stays away, and a disk that is full, end the waiting of all.
 */
export const watcher = (desk: Desk, again: (key: string, fault: TeacherFault | undefined) => void): Watcher => {
  const { history, wants, settings, closing, abandon, halt, tellAll } = desk
  const [firstMs, longestMs] = settings.pollMs
  const watching = new Map<number, Watched>()
  const look = looking(desk, again)
  let waiting: (() => void)[] = []
  let alarm = new AbortController()
  let running = false

  const settle = (number: number): void => {
    watching.delete(number)
    const told = waiting
    waiting = []
    for (const listener of told) listener()
  }
  const conclude = (watched: Watched, chunk: Chunk, found: Look): void => {
    if (found === 'settled') settle(watched.number)
    else if (found === 'now') watched.due = 0
    else if (found === 'later') {
      watched.due = performance.now() + chance(watched.wait)
      watched.wait = Math.min(longestMs, watched.wait * 1.5)
    } else {
      const ofThisOne = found._tag === 'NoBatch' || found._tag === 'BadRequest' || found._tag === 'Unreadable'
      if (!ofThisOne) abandon(found)
      else tellAll(chunk.keys, found)
      // Others may go on without it, but a budget cannot tell what it cost.
      if (found._tag !== 'Unreadable' || waiting.length > 0) halt(found)
      settle(watched.number)
    }
  }
  const isWanted = (number: number): boolean =>
    waiting.length > 0 || history.chunk(number)?.keys.some(wants.has) === true
  const next = (): Watched | undefined => {
    while (!closing.aborted) {
      const first = [...watching.values()].reduce<Watched | undefined>(
        (least, one) => (least === undefined || one.due < least.due ? one : least),
        undefined,
      )
      if (first === undefined || isWanted(first.number)) return first
      settle(first.number)
    }
    return undefined
  }
  const run = async (): Promise<void> => {
    for (let one = next(); one !== undefined; one = next()) {
      const wait = one.due - performance.now()
      if (wait > 0) {
        alarm = new AbortController()
        await sleep(wait, undefined, { signal: alarm.signal }).catch(() => undefined)
        continue
      }
      const chunk = history.chunk(one.number)
      if (chunk !== undefined) conclude(one, chunk, await look(one, chunk))
    }
    running = false
  }
  const start = (): void => {
    alarm.abort()
    if (running) return
    running = true
    run().catch((error: unknown) => {
      running = false
      abandon(
        teacherFault('BadRequest', `${desk.name}: watching its batches broke off: ${messageOf(error)}`, 'Report it.'),
      )
    })
  }
  const watch = (number: number, candidates?: readonly string[]): void => {
    if (watching.has(number)) return
    const now = performance.now()
    const resumed = (history.chunk(number)?.at ?? 0) < desk.openedAt
    const due = resumed ? now : now + chance(firstMs)
    watching.set(number, { number, due, wait: firstMs, since: now, candidates, ruledOut: new Set() })
    start()
  }
  return {
    watch,
    wake: () => alarm.abort(),
    settled: () =>
      new Promise(resolve => {
        waiting.push(resolve)
        for (const { number } of history.open()) watch(number)
      }),
  }
}
