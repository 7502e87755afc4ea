import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { either as E } from 'fp-ts'
import { messageOf } from '../../../flow/index.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { Answer, Asked } from './verb.ts'

/** What answers a verb of `/api/v1/`, already allowed in. */
export type Handle = (verb: string, method: string, asked: Asked) => Promise<E.Either<Refusal, Answer>>

/** Who is let in, and how much they may send. */
export interface Door {
  readonly allows: (key: string | undefined) => boolean
  /** Names by which this server is called; a page of another site, whose name was made to lead here, says another. */
  readonly hosts: ReadonlySet<string> | undefined
  readonly bodyBytes: number
}

const protobuf = 'application/x-protobuf'

/** The body, no longer than it may be. */
const bodyOf = async (request: IncomingMessage, most: number): Promise<E.Either<Refusal, Uint8Array>> => {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    size += part.length
    if (size > most) return refuse(413, `the body has more than ${most} bytes`)
    parts.push(part)
  }
  return E.right(new Uint8Array(Buffer.concat(parts)))
}

const write = (response: ServerResponse, status: number, type: string, body: Uint8Array | string): void => {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(body)
}

/** A header that was given once. */
const headerOf =
  ({ headers }: IncomingMessage) =>
  (name: string): string | undefined => {
    const value = headers[name]
    return typeof value === 'string' ? value : undefined
  }

const route = /^\/api\/v1\/([\w/-]{1,120})(?:\?.*)?$/

/** What is refused before anything is read. Pages of other sites cannot send these types without asking first, which is refused too. */
const atDoor = (request: IncomingMessage, door: Door, type: string): E.Either<Refusal, string> => {
  const header = headerOf(request)
  const verb = route.exec(request.url ?? '')?.[1]
  if (door.hosts !== undefined && !door.hosts.has((header('host') ?? '').toLowerCase()))
    return refuse(403, 'this server is called by another name')
  if (verb === undefined) return refuse(404, 'there is nothing here')
  if (!door.allows(header('x-api-key'))) return refuse(401, 'the key in X-API-Key is not one of those that may come in')
  if (request.method !== 'GET' && request.method !== 'POST') return refuse(405, 'only GET and POST are taken')
  if (request.method === 'POST' && !['application/json', protobuf, 'application/octet-stream'].includes(type))
    return refuse(415, `content type ${type} is not taken`)
  if ((header('content-encoding') ?? 'identity') !== 'identity') return refuse(415, 'compressed bodies are not taken')
  return E.right(verb)
}

const answer = async (handle: Handle, door: Door, request: IncomingMessage, signal: AbortSignal) => {
  const header = headerOf(request)
  const type = (header('content-type') ?? '').split(';')[0]!.trim()
  const verb = atDoor(request, door, type)
  if (E.isLeft(verb)) return verb
  const body = await bodyOf(request, door.bodyBytes)
  if (E.isLeft(body)) return body
  const wantsProto = (header('accept') ?? '').includes(protobuf)
  return handle(verb.right, request.method ?? '', {
    body: body.right,
    proto: type === protobuf,
    wantsProto,
    header,
    signal,
  })
}

/** A server that answers verbs. Connections are few, bodies bounded, requests that dawdle are cut off. */
export const httpServer = (handle: Handle, door: Door): Server => {
  const server = createServer({ requestTimeout: 120_000, headersTimeout: 10_000, keepAliveTimeout: 15_000 })
  server.maxConnections = 1024
  server.on('request', (request, response) => {
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    answer(handle, door, request, gone.signal)
      .catch((error: unknown) => refuse(500, `a fault of this server: ${messageOf(error)}`))
      .then(done => {
        if (E.isLeft(done)) {
          write(response, done.left.status, 'application/json', JSON.stringify({ detail: done.left.detail }))
          if (!request.complete) request.destroy()
        } else if ('json' in done.right) write(response, 200, 'application/json', JSON.stringify(done.right.json))
        else write(response, 200, protobuf, done.right.proto)
      })
      .catch(() => response.destroy())
  })
  return server
}
