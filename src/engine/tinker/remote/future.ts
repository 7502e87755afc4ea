import { either as E } from 'fp-ts'
import type * as t from 'io-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import { cancelled } from '../../tfjs/files/faults.ts'
import { decodeWith } from '../wire/chunk.ts'
import { submitted } from '../wire/results.ts'
import { insist, type Link, noAnswer, type Reply, refused, type Sent } from './link.ts'

/** What one poll means: an end, or another poll, at once or after a pause. */
type Next =
  | { readonly kind: 'result'; readonly json: unknown }
  | { readonly kind: 'end'; readonly fault: EngineFault }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'again'; readonly detail: string }
  /** The server lost the promise; the request is sent again as it was. */
  | { readonly kind: 'resubmit' }

/** Bare 400s in a row after which one is believed: proxies inject them. */
const mostBad = 3

const field = (json: unknown, name: string): unknown =>
  typeof json === 'object' && json !== null && name in json
    ? Object.entries(json).find(([key]) => key === name)?.[1]
    : undefined

const nextOf = (link: Link, verb: string, reply: Reply, bad: number): Next => {
  if (reply.kind === 'lost') return { kind: 'again', detail: reply.detail }
  if (reply.kind === 'status') {
    const { status, detail } = reply
    if (status === 410) return { kind: 'resubmit' }
    if (status === 408 || status === 402 || status === 429 || status >= 500)
      return { kind: 'again', detail: `${status} ${detail}` }
    if (status === 400 && bad < mostBad) return { kind: 'again', detail: `${status} ${detail}` }
    return { kind: 'end', fault: refused(link, verb, status, detail) }
  }
  const { json } = reply
  if (
    field(json, 'type') === 'try_again' ||
    field(json, 'status') === 'complete_metadata' ||
    field(json, 'status') === 'pending'
  )
    return { kind: 'waiting' }
  const error = field(json, 'error')
  return error === undefined || error === null
    ? { kind: 'result', json }
    : {
        kind: 'end',
        fault: fault('Refused', `${link.address} could not do ${verb}: ${String(error)}`, 'Look at what was sent.'),
      }
}

/** A request that a server took, and how it is sent again. */
export interface Promised {
  readonly sent: Sent
  readonly requestId: string
}

/** Sends a request that is answered by a promise. Left: as `insist`; `BadAnswer`. */
export const submit = async (link: Link, sent: Sent): Promise<E.Either<EngineFault, Promised>> => {
  const answer = await insist(link, sent)
  if (E.isLeft(answer)) return answer
  return E.bimap(
    (why: string) => badAnswer(link, sent.verb, why),
    ({ request_id: requestId }: t.TypeOf<typeof submitted>): Promised => ({ sent, requestId }),
  )(decodeWith(submitted)(answer.right))
}

/** A `Left` of an answer that is none to what was asked. */
export const badAnswer = ({ address }: Link, verb: string, why: string): EngineFault =>
  fault(
    'BadAnswer',
    `${address} answers ${verb} with something else: ${why}`,
    'Check that the server speaks the Tinker protocol.',
  )

/** Tells a server that nobody waits any more; what it answers does not matter. */
const letGo = (link: Link, { requestId, sent }: Promised): void => {
  if (sent.verb === 'asample') void link.send({ verb: 'cancel_future', body: { request_id: requestId }, seconds: 5 })
}

/**
 * The result of a promise, by the documented policy: polls as long as the server says that it works; after 408, 5xx and lost answers
 * again; after 429 with growing pauses; three bare 400s are passed over; after 410 the request is sent again as it was, by which a
 * server that did it gives what it came to. Ends with `NoAnswer` when nothing of use came for the whole patience, and with `Cancelled`
 * when the signal is aborted, of which a sampling server is told.
 */
export const collect = async <A>(
  link: Link,
  promised: Promised,
  codec: t.Decoder<unknown, A>,
  signal?: AbortSignal,
): Promise<E.Either<EngineFault, A>> => {
  const { verb } = promised.sent
  let requestId = promised.requestId
  let attempt = 0
  let bad = 0
  let until = Date.now() + link.patienceMs
  while (await link.pause(attempt, signal)) {
    const began = Date.now()
    const reply = await link.send({
      verb: 'retrieve_future',
      body: { request_id: requestId, allow_metadata_only: false },
      signal,
    })
    if (signal?.aborted) break
    const next = nextOf(link, verb, reply, bad)
    bad = reply.kind === 'status' && reply.status === 400 ? bad + 1 : 0
    if (next.kind === 'end') return E.left(next.fault)
    if (next.kind === 'result')
      return E.mapLeft((why: string) => badAnswer(link, verb, why))(decodeWith(codec)(next.json))
    if (next.kind === 'waiting') {
      until = Date.now() + link.patienceMs
      // A server that does not hold its polls is not asked without a pause.
      attempt = Date.now() - began > 500 ? 0 : Math.min(attempt + 1, 1)
      continue
    }
    attempt++
    if (next.kind === 'resubmit') {
      const again = await submit(link, { ...promised.sent, signal })
      if (E.isLeft(again)) return again
      requestId = again.right.requestId
    }
    if (Date.now() >= until)
      return E.left(noAnswer(link, verb, next.kind === 'again' ? next.detail : 'its promise was lost again and again'))
  }
  letGo(link, { ...promised, requestId })
  return E.left(cancelled)
}
