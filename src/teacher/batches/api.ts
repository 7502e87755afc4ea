import type Anthropic from '@anthropic-ai/sdk'
import { either as E } from 'fp-ts'
import { onAbort } from '../../flow/index.ts'
import type { ClaudeAccess, ClaudeBody } from '../claude-request.ts'
import { faultOf, type TryFault, teacherFault } from '../fault.ts'

/** A fault of one call. `unsure`: the server may have done what was asked. `missing`: it knows no such thing. */
export interface CallFault extends TryFault {
  readonly unsure: boolean
  readonly missing: boolean
}

/** A batch as the server tells of it. */
export interface ServerBatch {
  readonly id: string
  readonly ended: boolean
  /** Milliseconds of the server's clock. */
  readonly createdAt: number
  readonly requests: number
  /** It has ended, and its results are not kept any more. */
  readonly isGone: boolean
}

/** One request of a batch. */
export interface BatchRequest {
  readonly custom_id: string
  readonly params: ClaudeBody
}

/** The calls of the Message Batches API that are needed, each tried once and within its time. */
export interface BatchApi {
  readonly create: (requests: readonly BatchRequest[]) => Promise<E.Either<CallFault, ServerBatch>>
  readonly retrieve: (id: string) => Promise<E.Either<CallFault, ServerBatch>>
  /** Batches that were made in the last milliseconds by the server's own clock, the newest first; at most 20,000. */
  readonly recent: (milliseconds: number) => Promise<E.Either<CallFault, readonly ServerBatch[]>>
  readonly cancel: (id: string) => Promise<E.Either<CallFault, ServerBatch>>
  /** Values of the lines of its results as they come. What it throws is read by `faultOf` of the room. */
  readonly results: (id: string, signal: AbortSignal) => Promise<AsyncIterable<unknown>>
  readonly fault: (error: unknown) => CallFault
  /** Gives back how to stop listening. */
  readonly whenClosed: (listener: () => void) => () => void
  /** Ends what is under way. */
  readonly close: () => void
}

/** How long calls may take. */
export interface CallTimes {
  readonly createMs: number
  readonly callMs: number
}

const batchOf = (batch: Anthropic.Messages.MessageBatch): ServerBatch => {
  const { id, processing_status: status, created_at: created, request_counts: counts } = batch
  // A page of a proxy may stand where a batch was to be.
  if (typeof id !== 'string' || counts === undefined) throw new SyntaxError('the answer is no batch')
  return {
    id,
    ended: status === 'ended',
    isGone: status === 'ended' && batch.results_url === null,
    createdAt: Date.parse(created),
    requests: counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired,
  }
}

const mostListed = 20_000

/** What a fault of one call means for what was asked: only these statuses say that nothing came of it. */
const callFault =
  (name: string, hide: (text: string) => string) =>
  (error: unknown): CallFault => {
    const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : undefined
    const refused = typeof status === 'number' && status >= 400 && status < 500 && status !== 408 && status !== 409
    const timedOut = error instanceof Error && error.name === 'TimeoutError'
    const plain = timedOut
      ? { ...teacherFault('TimedOut', `${name}: no answer in time`, 'Raise timeoutMs.'), again: { afterMs: undefined } }
      : faultOf(name, hide)(error)
    const unsent = /\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN)\b/.test(plain.cause)
    return { ...plain, unsure: !refused && !unsent, missing: status === 404 }
  }

/** The calls through the official SDK, whose own tries are off: it would send a lost `create` again. */
export const batchApi = ({ name, client, hide }: ClaudeAccess, { createMs, callMs }: CallTimes): BatchApi => {
  const closing = new AbortController()
  const fault = callFault(name, hide)
  const within = async <A>(
    ms: number,
    call: (batches: Anthropic.Messages.Batches, signal: AbortSignal) => Promise<A>,
  ): Promise<E.Either<CallFault, A>> => {
    const ending = new AbortController()
    const late = new DOMException(`no answer in ${ms} ms`, 'TimeoutError')
    const forget = onAbort(closing.signal, () => ending.abort())
    let timer: NodeJS.Timeout | undefined
    try {
      const { batches } = (await client()).messages
      timer = setTimeout(() => ending.abort(late), ms)
      return E.right(await call(batches, ending.signal))
    } catch (error) {
      return E.left(fault(ending.signal.reason === late ? late : error))
    } finally {
      clearTimeout(timer)
      forget()
    }
  }
  return {
    create: requests =>
      within(createMs, (batches, signal) => batches.create({ requests: [...requests] }, { signal }).then(batchOf)),
    retrieve: id => within(callMs, (batches, signal) => batches.retrieve(id, {}, { signal }).then(batchOf)),
    cancel: id => within(callMs, (batches, signal) => batches.cancel(id, {}, { signal }).then(batchOf)),
    recent: milliseconds =>
      within(createMs, async (batches, signal) => {
        const { data: page, response } = await batches.list({ limit: 100 }, { signal }).withResponse()
        const told = Date.parse(response.headers.get('date') ?? '')
        const since = (Number.isNaN(told) ? Date.now() : told) - milliseconds
        const found: ServerBatch[] = []
        for await (const batch of page) {
          const one = batchOf(batch)
          if (one.createdAt < since || found.push(one) >= mostListed) break
        }
        return found
      }),
    results: async (id, signal) => (await client()).messages.batches.results(id, {}, { signal }),
    whenClosed: listener => onAbort(closing.signal, listener),
    fault,
    close: () => closing.abort(),
  }
}
