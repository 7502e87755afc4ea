import { setTimeout as sleep } from 'node:timers/promises'
import { either as E } from 'fp-ts'
import { fault, messageOf } from '../../../flow/index.ts'
import { cut, parseJson, scrubber } from '../../../untrusted/index.ts'
import type { EngineFault } from '../../engine.ts'
import { cancelled } from '../../tfjs/files/faults.ts'
import type { TinkerOptions } from './options.ts'

/** What came back of one request. */
export type Reply =
  | { readonly kind: 'answer'; readonly json: unknown }
  /** A status other than success, and what the server said. */
  | { readonly kind: 'status'; readonly status: number; readonly detail: string }
  /** No whole answer came: refused, reset, cut off, or too slow. Whether the request was taken is not known. */
  | { readonly kind: 'lost'; readonly detail: string }

/** One request. */
export interface Sent {
  readonly verb: string
  /** JSON, or bytes as they are; GET where there is none. */
  readonly body?: object | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
  readonly seconds?: number
  /** What a good answer is read as; JSON when not given. */
  readonly reads?: 'text'
}

/** How a server is spoken to: where its verbs are, and how it is shown a key. */
interface Manner {
  readonly path: string
  readonly key: (key: string) => Readonly<Record<string, string>>
}

const tinkerManner: Manner = { path: '/api/v1/', key: key => ({ 'X-API-Key': key }) }

/** The way to a server. */
export interface Link {
  readonly address: string
  /** One request, once. Never rejects. */
  readonly send: (sent: Sent) => Promise<Reply>
  /** Waits before the next attempt, the n-th from 0: nothing, then twice as long each time. False when the signal was aborted. */
  readonly pause: (attempt: number, signal?: AbortSignal) => Promise<boolean>
  readonly patienceMs: number
}

/** Largest answer that is read: more is no answer to what is asked here. */
const mostBytes = 2 ** 29

/** A text, unless it is longer than an answer may be. */
const bounded = async (response: Response): Promise<string> => {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response.body ?? []) {
    size += part.length
    if (size > mostBytes) throw new Error(`the answer has more than ${mostBytes} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

const detailOf = (json: unknown, text: string): string => {
  const inside = typeof json === 'object' && json !== null && 'error' in json ? json.error : json
  const said =
    typeof inside === 'object' && inside !== null
      ? 'detail' in inside
        ? inside.detail
        : 'message' in inside
          ? inside.message
          : text
      : text
  return cut(typeof said === 'string' ? said : JSON.stringify(said), 500)
}

/** Whether it waited to the end. */
const waited = (milliseconds: number, signal: AbortSignal | undefined): Promise<boolean> =>
  sleep(milliseconds, true, { signal }).catch(() => false)

/** A way to a server: time limits, bounded answers, no redirects, and the key in no message. */
export const linkTo = (
  {
    url,
    key,
    requestSeconds = 45,
    pauseSeconds = 1,
    patienceSeconds = 600,
  }: Pick<TinkerOptions, 'url' | 'key' | 'requestSeconds' | 'pauseSeconds' | 'patienceSeconds'>,
  manner: Manner = tinkerManner,
): Link => {
  const address = url.replace(/\/+$/, '')
  const { text: scrub } = scrubber({}, key === undefined ? [] : [key])
  const own = key === undefined ? {} : manner.key(key)
  return {
    address,
    patienceMs: 1000 * patienceSeconds,
    pause: (attempt, signal) =>
      attempt === 0
        ? Promise.resolve(signal?.aborted !== true)
        : waited(1000 * Math.min(pauseSeconds * 2 ** (attempt - 1), 30), signal),
    send: async ({ verb, body, headers = {}, signal, seconds = requestSeconds, reads }) => {
      const limit = AbortSignal.timeout(1000 * seconds)
      const bytes = body instanceof Uint8Array
      try {
        const response = await fetch(`${address}${manner.path}${verb}`, {
          redirect: 'error',
          signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
          headers: {
            ...own,
            ...(body === undefined ? {} : { 'Content-Type': bytes ? 'application/octet-stream' : 'application/json' }),
            ...headers,
          },
          ...(body === undefined ? {} : { method: 'POST', body: bytes ? new Uint8Array(body) : JSON.stringify(body) }),
        })
        const text = await bounded(response)
        const json = parseJson(text)
        if (!response.ok)
          return {
            kind: 'status',
            status: response.status,
            detail: scrub(detailOf(E.isRight(json) ? json.right : undefined, text)),
          }
        if (reads === 'text') return { kind: 'answer', json: text }
        return E.isRight(json)
          ? { kind: 'answer', json: json.right }
          : { kind: 'lost', detail: `the answer ${json.left}` }
      } catch (error) {
        const why = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error)
        return { kind: 'lost', detail: scrub(cut(why, 300)) }
      }
    },
  }
}

/** A `Left` of a server that said no for good. */
export const refused = ({ address }: Link, verb: string, status: number, detail: string): EngineFault => {
  const cause = `${address} answers ${verb} with ${status}: ${detail}`
  if (status === 401 || status === 403) return fault('Refused', cause, 'Give the key of this server (key).')
  if (status === 410 || (status === 404 && /session|model/i.test(detail)))
    return fault('SessionLost', cause, 'Load the last checkpoint: a new model is made for it.')
  if (status === 409)
    return fault('OutOfStep', cause, 'Load the last checkpoint; train a model from one process alone.')
  return fault('Refused', cause, 'Look at what was sent, and at which version of the protocol the server speaks.')
}

/** A `Left` of a server that cannot be reached. */
export const noAnswer = ({ address, patienceMs }: Link, verb: string, detail: string): EngineFault =>
  fault(
    'NoAnswer',
    `${address} gave no answer to ${verb} for ${patienceMs / 1000} s: ${detail}`,
    'Check that the server runs and can be reached; then load the last checkpoint.',
  )

/** Whether a status means: the same once more. */
const passing = (status: number): boolean => status === 408 || status === 425 || status === 429 || status >= 500

/**
 * Sends a request until it is answered: the very same bytes each time, so that a server that knows it already gives its first answer.
 * Lost answers, 408, 429 and 5xx are followed by another attempt, within the patience. Left: `Cancelled`, `NoAnswer`, what a server
 * refused.
 */
export const insist = async (link: Link, sent: Sent): Promise<E.Either<EngineFault, unknown>> => {
  const until = Date.now() + link.patienceMs
  for (let attempt = 0; ; attempt++) {
    if (!(await link.pause(attempt, sent.signal))) return E.left(cancelled)
    const reply = await link.send(sent)
    if (reply.kind === 'answer') return E.right(reply.json)
    if (sent.signal?.aborted) return E.left(cancelled)
    if (reply.kind === 'status' && !passing(reply.status))
      return E.left(refused(link, sent.verb, reply.status, reply.detail))
    if (Date.now() >= until) return E.left(noAnswer(link, sent.verb, reply.detail))
  }
}
