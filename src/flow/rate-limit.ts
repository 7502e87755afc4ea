import { either as E } from 'fp-ts'
import { asyncScheduler, concatMap, defer, finalize, of, timer } from 'rxjs'
import type { Policy } from './attempt.ts'
import { defect, fault } from './fault.ts'

/** How much may be asked of a server in a minute. */
export interface RateLimit<A> {
  /** Attempts in any 60 seconds; unlimited by default. */
  readonly requestsPerMinute?: number
  /** Tokens in any 60 seconds, as `tokens` counts them; unlimited by default. */
  readonly tokensPerMinute?: number
  /** How many tokens an item will cost; 0 by default. */
  readonly tokens?: (a: A) => number
}

interface Start {
  /** When it starts, in milliseconds of the RxJS clock. */
  readonly time: number
  readonly tokens: number
}

const minute = 60_000

/**
 * Lets attempts wait, first come, first served, so that no 60 seconds see more requests or tokens than allowed: a
 * sliding window, not a bucket, so there is no double burst at its edge. One value is one limit: give the same value
 * to every stage that calls the same server. An item that costs more than a minute's tokens is the fault `TooHeavy`.
 * Holds the starts of the last minute. Throws a `Defect` for limits that are not positive.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import { items, iterate, rateLimit, stage } from 'kinograd/flow'
 *
 * const server = rateLimit<string>({ tokensPerMinute: 100, tokens: question => question.length })
 * const about = { name: 'ask', item: String, policies: [server] }
 * const ask = stage.fromTaskEither(about, (question: string) => TE.right(question))
 * for await (const answer of iterate(items(['How many boxes?', 'x'.repeat(101)]).pipe(ask)))
 *   assert(E.isRight(answer) || answer.left.fault._tag === 'TooHeavy')
 * ```
 */
export const rateLimit = <A>(limits: RateLimit<A>): Policy<A> => {
  const { requestsPerMinute = Infinity, tokensPerMinute = Infinity, tokens: cost = () => 0 } = limits
  if (!(requestsPerMinute >= 1 && tokensPerMinute > 0))
    throw defect(
      fault(
        'BadRateLimit',
        `${requestsPerMinute} requests and ${tokensPerMinute} tokens per minute`,
        'Give at least one request and more than 0 tokens',
      ),
    )
  let starts: readonly Start[] = []

  /** The earliest moment at which something of this cost may start, after everything that is already promised. */
  const earliest = (tokens: number, now: number): number => {
    let time = Math.max(now, starts.at(-1)?.time ?? now)
    let requests = 1
    let sum = tokens
    for (const start of starts.toReversed()) {
      requests += 1
      sum += start.tokens
      if (requests > requestsPerMinute || sum > tokensPerMinute) {
        time = Math.max(time, start.time + minute)
        break
      }
    }
    return time
  }

  return attempt => a =>
    defer(() => {
      const tokens = cost(a)
      if (!(tokens <= tokensPerMinute))
        return of(
          E.left(
            fault(
              'TooHeavy',
              `it costs ${tokens} tokens and ${tokensPerMinute} per minute are allowed`,
              'Make the request smaller, or raise the limit',
            ),
          ),
        )
      const now = asyncScheduler.now()
      starts = starts.filter(start => start.time > now - minute)
      const start: Start = { time: earliest(tokens, now), tokens }
      starts = [...starts, start]
      if (start.time <= now) return attempt(a)
      let begun = false
      return timer(start.time - now).pipe(
        concatMap(() => {
          begun = true
          return attempt(a)
        }),
        finalize(() => {
          // Given up while waiting: nothing was sent, so nothing counts.
          if (!begun) starts = starts.filter(other => other !== start)
        }),
      )
    })
}
