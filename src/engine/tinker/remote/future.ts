import { either as E } from 'fp-ts'
import type * as t from 'io-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import { cancelled } from '../../tfjs/files/faults.ts'
import { decodeWith } from '../wire/chunk.ts'
import { samplesFromProto, trainingFromProto } from '../wire/proto-results.ts'
import { submitted } from '../wire/results.ts'
import { insist, noAnswer, refused, takenBefore } from './insist.ts'
import { type Link, protobuf, type Reply, type Sent } from './link.ts'
import type { FutureWatch } from './watch.ts'

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

/** Results that newer servers may give in protobuf, by what was asked. */
const protoReaders: Readonly<Record<string, (bytes: Uint8Array) => E.Either<string, unknown>>> = {
  asample: samplesFromProto,
  forward: trainingFromProto,
  forward_backward: trainingFromProto,
}

const readProto = (link: Link, verb: string, bytes: Uint8Array): Next => {
  const read = protoReaders[verb]?.(bytes) ?? E.left('protobuf is not known of it')
  return E.isLeft(read)
    ? { kind: 'end', fault: badAnswer(link, verb, read.left) }
    : { kind: 'result', json: read.right }
}

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
  if (reply.kind === 'proto') return readProto(link, verb, reply.bytes)
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

/** Sends a request that is answered by a promise, or was taken before without one. Left: as `insist`; `BadAnswer`. */
export const submitOrKnown = async (
  link: Link,
  sent: Sent,
): Promise<E.Either<EngineFault, Promised | typeof takenBefore>> => {
  const answer = await insist(link, sent)
  if (E.isLeft(answer)) return answer
  if (answer.right === takenBefore) return E.right(takenBefore)
  return E.bimap(
    (why: string) => badAnswer(link, sent.verb, why),
    ({ request_id: requestId }: t.TypeOf<typeof submitted>): Promised => ({ sent, requestId }),
  )(decodeWith(submitted)(answer.right))
}

/** A `Left` of a request that was taken, and of whose result nothing can be heard any more. */
export const unheard = ({ address }: Link, verb: string): EngineFault =>
  fault(
    'OutOfStep',
    `${address} took ${verb} before, and does not say again what it came to`,
    'Load the last checkpoint; train a model from one process alone.',
  )

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

/** Sends a request again that was taken, whose promise the server lost: a 409 says that it knows it. */
const submitAgain = async (link: Link, sent: Sent): Promise<E.Either<EngineFault, Promised | typeof takenBefore>> => {
  if (sent.once) return E.left(unheard(link, sent.verb))
  const again = await submitOrKnown(link, sent)
  return E.isLeft(again) && again.left._tag === 'OutOfStep' ? E.right(takenBefore) : again
}

/** How a result is waited for. */
interface Collecting<A> {
  readonly signal?: AbortSignal | undefined
  /** What it comes to where no more is known than that the server did it. */
  readonly done?: A | undefined
  /** Protobuf is taken too: of servers that know it, it is half the size of JSON. Ours says more in JSON. */
  readonly proto?: boolean
  /** Waits until the request is known to have ended, before it is polled itself; false where that is not known. */
  readonly ended?: FutureWatch['ended'] | undefined
}

/**
 * The result of a promise, by the documented policy: polls as long as the server says that it works; after 408, 5xx and lost answers
 * again; after 429 with growing pauses; three bare 400s are passed over; after 410 the request is sent again as it was, by which a
 * server that did it gives what it came to. With `ended` a request is polled when it has
 * ended, or nothing is heard of it. Ends with `NoAnswer` when nothing of use came for the whole patience, and with `Cancelled`
 * when the signal is aborted, of which a sampling server is told.
 */
export const collect = async <A>(
  link: Link,
  promised: Promised,
  codec: t.Decoder<unknown, A>,
  { signal, done, proto = false, ended }: Collecting<A> = {},
): Promise<E.Either<EngineFault, A>> => {
  const { verb } = promised.sent
  let requestId = promised.requestId
  let attempt = 0
  let bad = 0
  let until = Date.now() + link.patienceMs
  let over = ended === undefined
  while (await link.pause(attempt, signal)) {
    if (!over && ended !== undefined) {
      over = await ended(requestId, signal)
      until = Date.now() + link.patienceMs
    }
    const began = Date.now()
    const reply = await link.send({
      verb: 'retrieve_future',
      body: { request_id: requestId, allow_metadata_only: false },
      ...(proto ? { headers: { Accept: `${protobuf}, application/json` } } : {}),
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
      const again = await submitAgain(link, { ...promised.sent, signal })
      if (E.isLeft(again)) return again
      if (again.right === takenBefore) return done === undefined ? E.left(unheard(link, verb)) : E.right(done)
      requestId = again.right.requestId
      over = ended === undefined
    }
    if (Date.now() >= until)
      return E.left(noAnswer(link, verb, next.kind === 'again' ? next.detail : 'its promise was lost again and again'))
  }
  letGo(link, { ...promised, requestId })
  return E.left(cancelled)
}
