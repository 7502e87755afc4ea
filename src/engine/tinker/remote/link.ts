import { setTimeout as sleep } from 'node:timers/promises'
import { either as E } from 'fp-ts'
import { messageOf } from '../../../flow/index.ts'
import { cut, parseJson, scrubber } from '../../../untrusted/index.ts'
import type { TinkerOptions } from './options.ts'

/** What came back of one request. */
export type Reply =
  | { readonly kind: 'answer'; readonly json: unknown }
  /** A good answer in protobuf. */
  | { readonly kind: 'proto'; readonly bytes: Uint8Array }
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
  /** What may not be sent again once it may have been taken: the server would do it twice. */
  readonly once?: boolean
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

/** The content type of the protocol's protobuf. */
export const protobuf = 'application/x-protobuf'

/** Largest answer that is read: more is no answer to what is asked here. */
const mostBytes = 2 ** 29

/** The whole of an answer, unless it is longer than one may be. */
const bounded = async (response: Response): Promise<Buffer> => {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response.body ?? []) {
    size += part.length
    if (size > mostBytes) throw new Error(`the answer has more than ${mostBytes} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
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
        const whole = await bounded(response)
        if (response.ok && (response.headers.get('content-type') ?? '').startsWith(protobuf))
          return { kind: 'proto', bytes: new Uint8Array(whole) }
        const text = whole.toString('utf8')
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
