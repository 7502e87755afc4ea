import { either as E } from 'fp-ts'
import { decodeWith } from '../wire/chunk.ts'
import { endedFutures } from '../wire/results.ts'
import type { Link, Reply } from './link.ts'

/** One poll for all samples of a sampling session that are under way (`retrieve_futures`). */
export interface FutureWatch {
  /**
   * Waits until the server says that a request has ended: true. False where it is time to ask for the request itself: nothing was said
   * of it for a while, such polls fail, the server has none, or the signal was aborted.
   */
  readonly ended: (requestId: string, signal?: AbortSignal) => Promise<boolean>
}

/** Milliseconds of silence about a request after which it is asked for itself; less where the patience is short. */
const trusted = 30_000
/** Polls that failed in a row after which the others go on without. */
const mostFailed = 3

/** What a poll comes to. */
type Polled =
  | { readonly kind: 'ended'; readonly ids: readonly string[]; readonly cursor: number }
  | { readonly kind: 'failed' }
  /** Of this session, or, `everywhere`, of this server there are no such polls. */
  | { readonly kind: 'none'; readonly everywhere: boolean }

const polledOf = (reply: Reply): Polled => {
  if (reply.kind === 'status') {
    const { status, detail } = reply
    if (![404, 405, 410, 501].includes(status)) return { kind: 'failed' }
    return { kind: 'none', everywhere: !/session/i.test(detail) }
  }
  const read = reply.kind === 'answer' ? decodeWith(endedFutures)(reply.json) : E.left('')
  if (E.isLeft(read)) return { kind: 'failed' }
  const { completions, cursor } = read.right
  return { kind: 'ended', ids: completions.map(({ request_id: id }) => id), cursor }
}

/** Those who wait for requests of one session. */
interface Room {
  /** Woken by true when the request ended, by false when it is to be asked for. */
  readonly waiting: Map<string, (ended: boolean) => void>
  /** Requests that ended before anybody waited for them. */
  readonly over: Set<string>
}

const tell = ({ waiting, over }: Room, ids: readonly string[]): boolean => {
  const wanted = ids.filter(id => waiting.has(id))
  for (const id of ids) {
    const wake = waiting.get(id)
    if (wake === undefined) over.add(id)
    else wake(true)
  }
  return wanted.length > 0
}

const letAllGo = ({ waiting }: Room): void => {
  for (const wake of [...waiting.values()]) wake(false)
}

/** Polls one session as long as anybody waits; gives whether there is any use in it later. */
const polls = (link: Link, session: string, room: Room, everyoneGone: () => AbortSignal) => {
  let cursor = 0
  return async (): Promise<Extract<Polled, { kind: 'none' }> | 'later'> => {
    const target = { type: 'sampling_session', sampling_session_id: session, cloned_sampler_id: 0 }
    for (let [attempt, failed] = [0, 0]; room.waiting.size > 0; ) {
      const signal = everyoneGone()
      if (!(await link.pause(attempt, signal))) continue
      const began = Date.now()
      const body = { target, prev_cursor: cursor, retrieved_request_ids: [] }
      const polled = polledOf(await link.send({ verb: 'retrieve_futures', body, signal }))
      if (signal.aborted) continue
      if (polled.kind === 'none') return polled
      if (polled.kind === 'failed') {
        failed += 1
        attempt = failed
        if (failed >= mostFailed) return { kind: 'none', everywhere: false }
        continue
      }
      ;[cursor, failed] = [polled.cursor, 0]
      // A server that does not hold its polls is not asked without a pause.
      attempt = tell(room, polled.ids) || Date.now() - began > 500 ? 0 : 1
    }
    return 'later'
  }
}

/** A watch over one sampling session. Holds what is waited for, and names of what ended meanwhile. */
const watchOver = (link: Link, session: string, missing: () => void): FutureWatch => {
  const room: Room = { waiting: new Map(), over: new Set() }
  let [gone, polling, off] = [new AbortController(), false, false]
  const poll = polls(link, session, room, () => gone.signal)
  const turn = async (): Promise<void> => {
    polling = true
    const end = await poll()
    polling = false
    if (end === 'later') return
    off = true
    if (end.everywhere) missing()
    letAllGo(room)
  }
  return {
    ended: (requestId, signal) => {
      if (room.over.delete(requestId)) return Promise.resolve(true)
      if (off || signal?.aborted) return Promise.resolve(false)
      return new Promise(resolve => {
        const wake = (ended: boolean): void => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', stop)
          room.waiting.delete(requestId)
          if (room.waiting.size === 0) {
            gone.abort()
            gone = new AbortController()
          }
          resolve(ended)
        }
        const stop = (): void => wake(false)
        const timer = setTimeout(stop, Math.min(trusted, link.patienceMs / 4))
        signal?.addEventListener('abort', stop, { once: true })
        room.waiting.set(requestId, wake)
        if (!polling) void turn()
      })
    },
  }
}

/** Watches over sampling sessions, each its own; none where the server does not offer them, or turned out to have none. */
export const watchesOf = (link: Link, offered: boolean): ((session: string) => FutureWatch | undefined) => {
  let there = offered
  const missing = (): void => {
    there = false
  }
  return session => (there ? watchOver(link, session, missing) : undefined)
}
