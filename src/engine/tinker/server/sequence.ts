import { createHash } from 'node:crypto'
import { either as E } from 'fp-ts'
import type { Future, Futures, Outcome } from './futures.ts'
import { type Refusal, refuse } from './refusal.ts'

/** Requests of one model, done in the order of their numbers, each once. */
export interface Sequence {
  /**
   * Takes a request. The same number with the same body gives the same future, whether it was done or not; with another body it is
   * refused (409). Work begins when all lower numbers are done.
   */
  readonly take: (
    number: number,
    body: Uint8Array,
    work: (signal: AbortSignal) => Promise<Outcome>,
  ) => E.Either<Refusal, Future>
  /** Ends what waits. */
  readonly close: () => void
}

/** Numbers that may be ahead of the one that is next. */
const ahead = 1024
/** Requests that are remembered after they were done; their answers go earlier. */
const remembered = 4096

const digestOf = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex')

export const sequence = (futures: Futures, first: number): Sequence => {
  const known = new Map<number, { readonly digest: string; readonly id: string }>()
  const waiting = new Map<number, () => Promise<void>>()
  let next = first
  let running = false
  let closed = false
  const drain = async (): Promise<void> => {
    if (running) return
    running = true
    for (let begin = waiting.get(next); begin !== undefined; begin = waiting.get(next)) {
      waiting.delete(next)
      known.delete(next - remembered)
      await begin()
      next++
    }
    running = false
  }
  return {
    take: (number, body, work) => {
      const digest = digestOf(body)
      const before = known.get(number)
      if (before !== undefined) {
        const same = before.digest === digest
        const future = same ? futures.find(before.id) : undefined
        return future === undefined
          ? refuse(
              409,
              `sequence number ${number} was reused${same ? ', and its answer is no longer kept' : ' with another body'}`,
            )
          : E.right(future)
      }
      if (number < next) return refuse(409, `sequence number ${number} was done before, ${next} is next`)
      if (number > next + ahead) return refuse(429, `sequence number ${number} is too far ahead of ${next}`)
      const future = futures.accept(
        async signal => (closed ? { kind: 'failed', error: 'the session has ended', category: 'user' } : work(signal)),
        { start: begin => void waiting.set(number, begin) },
      )
      if (E.isLeft(future)) return future
      known.set(number, { digest, id: future.right.id })
      void drain()
      return future
    },
    close: () => {
      closed = true
      for (const begin of waiting.values()) void begin()
      waiting.clear()
    },
  }
}
