import type { Station } from './job.ts'
import { type Counting, counting } from './tally.ts'

/** How long the limit of starts looks back, in seconds. */
const minute = 60

/** A station as it stands: who waits, who is served, and what began in the last minute. */
export interface Counter<W> {
  readonly counting: Counting
  readonly join: (one: W) => void
  /** The next one that may be served now; or when one may, where the limit holds it back; or nobody. */
  readonly call: (now: number) => { readonly one: W } | { readonly opens: number } | undefined
  readonly free: () => void
}

/** First in, first out; taking is of constant time on average. */
const lineOf = <W>() => {
  let items: W[] = []
  let head = 0
  return {
    length: () => items.length - head,
    at: (place: number): W | undefined => items[head + place],
    push: (one: W) => {
      items.push(one)
    },
    shift: (): W | undefined => {
      const one = items[head++]
      if (head > 1024 && 2 * head > items.length) {
        items = items.slice(head)
        head = 0
      }
      return one
    },
  }
}

/** Opens a station. */
export const counterOf = <W>({ servers, perMinute = Number.POSITIVE_INFINITY }: Station): Counter<W> => {
  const waiting = lineOf<W>()
  const starts = lineOf<number>()
  let busy = 0
  return {
    counting: counting(),
    join: waiting.push,
    call: now => {
      if (waiting.length() === 0 || busy >= servers) return undefined
      while ((starts.at(0) ?? now) + minute <= now) starts.shift()
      if (starts.length() >= perMinute) return { opens: (starts.at(0) ?? now) + minute }
      const one = waiting.shift()
      if (one === undefined) return undefined
      busy++
      if (Number.isFinite(perMinute)) starts.push(now)
      return { one }
    },
    free: () => {
      busy--
    },
  }
}
