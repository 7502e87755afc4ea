import { randomUUID } from 'node:crypto'
import { either as E } from 'fp-ts'
import { type Refusal, refuse } from './refusal.ts'

/** What a future came to. */
export type Outcome =
  | { readonly kind: 'finished'; readonly json: object; readonly proto?: () => Uint8Array }
  | { readonly kind: 'failed'; readonly error: string; readonly category: 'user' | 'server' }

/** Work that was accepted. */
export interface Future {
  readonly id: string
  readonly outcome: () => Outcome | undefined
  /** Resolves when there is an outcome, or after so long, or when the signal is aborted. */
  readonly settled: (milliseconds: number, signal?: AbortSignal) => Promise<void>
  readonly cancel: () => void
}

/** All futures of a server. */
export interface Futures {
  /**
   * Accepts work; 429 where too much waits already. The work is run by whoever accepted it, with the signal that `cancel` aborts.
   */
  readonly accept: (
    run: (signal: AbortSignal) => Promise<Outcome>,
    about?: { readonly group?: string; readonly start?: (begin: () => Promise<void>) => void },
  ) => E.Either<Refusal, Future>
  readonly find: (id: string) => Future | undefined
  /** Futures of a group that ended, in that order, from a place on. */
  readonly ended: (group: string) => readonly { readonly id: string; readonly failed: boolean }[]
  readonly forget: (group: string) => void
}

const later = (milliseconds: number, signal: AbortSignal | undefined, ended: Promise<void>): Promise<void> =>
  new Promise(resolve => {
    const timer = setTimeout(resolve, milliseconds)
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    signal?.addEventListener('abort', done)
    void ended.then(done)
  })

/** At most `waiting` that have not ended, and the newest `kept` that have: older ones are forgotten. */
export const futures = (waiting: number, kept: number): Futures => {
  const all = new Map<string, Future>()
  const over: string[] = []
  /** Names of the futures of a group that ended; their answers may be gone. */
  const groups = new Map<string, { id: string; failed: boolean }[]>()
  let open = 0
  return {
    accept: (run, { group, start = (begin: () => Promise<void>) => void begin() } = {}) => {
      if (open >= waiting) return refuse(429, `${open} requests wait already, ${waiting} are the most`)
      open++
      const id = randomUUID()
      const abort = new AbortController()
      let outcome: Outcome | undefined
      let wake: () => void = () => undefined
      const ended = new Promise<void>(resolve => {
        wake = resolve
      })
      const future: Future = {
        id,
        outcome: () => outcome,
        settled: (milliseconds, signal) => (outcome === undefined ? later(milliseconds, signal, ended) : ended),
        cancel: () => abort.abort(),
      }
      all.set(id, future)
      start(async () => {
        outcome = await run(abort.signal)
        open--
        over.push(id)
        if (group !== undefined) {
          const ofGroup = groups.get(group) ?? []
          ofGroup.push({ id, failed: outcome.kind === 'failed' })
          groups.set(group, ofGroup)
        }
        if (over.length > kept) all.delete(over.shift()!)
        wake()
      })
      return E.right(future)
    },
    find: id => all.get(id),
    ended: group => groups.get(group) ?? [],
    forget: group => groups.delete(group),
  }
}
