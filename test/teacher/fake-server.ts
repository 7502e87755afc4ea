import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { afterEach } from 'vitest'
import { onLoopback } from '../loopback.ts'

/** What the fake answers: status, headers, body (an object is sent as JSON), and what goes wrong on the way. */
export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** `silent`: nothing comes. `hung`: half of the body, and then nothing. `lost`: half of it, and the connection breaks. `reset`: no answer. */
  readonly fault?: 'silent' | 'hung' | 'lost' | 'reset'
}

export interface Seen {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Record<string, unknown>
}

const textOf = (body: unknown): string => (typeof body === 'string' ? body : (JSON.stringify(body) ?? ''))

const answer = (response: ServerResponse, { status = 200, headers, body, fault }: Reply) => {
  if (fault === 'silent') return
  if (fault === 'reset') return response.socket?.resetAndDestroy()
  const text = textOf(body)
  const length = { 'content-length': String(Buffer.byteLength(text)) }
  response.writeHead(status, { 'content-type': 'application/json', ...length, ...headers })
  if (fault === undefined) return response.end(text)
  response.write(text.slice(0, text.length / 2), () => {
    if (fault === 'lost') setTimeout(() => response.socket?.destroy(), 2)
  })
}

/** A model server on 127.0.0.1 whose replies are made from what was asked. */
export const answeringServer = async (reply: (request: Seen, nth: number) => Reply) => {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', piece => pieces.push(piece))
    request.on('end', () => {
      const path = request.url ?? ''
      const body: Record<string, unknown> = JSON.parse(Buffer.concat(pieces).toString() || '{}')
      const asked = { path, headers: request.headers, body }
      seen.push(asked)
      answer(response, reply(asked, seen.length - 1))
    })
  })
  return { seen, ...(await onLoopback(server)) }
}

/** A model server on 127.0.0.1 that gives the replies in turn, the last one for ever. */
export const fakeServer = (...replies: readonly Reply[]) =>
  answeringServer((_, nth) => replies[Math.min(nth, replies.length - 1)] ?? {})

/** Gives servers that are closed after the test that asked for them. */
export const closedAfterEach = () => {
  let closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    await Promise.all(closing.map(close => close()))
    closing = []
  })
  return async <S extends { readonly close: () => Promise<void> }>(starting: Promise<S>): Promise<S> => {
    const server = await starting
    closing.push(server.close)
    return server
  }
}
