import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { onLoopback } from '../loopback.ts'

/** What becomes of one request. */
export type Lie =
  | { readonly kind: 'truth' }
  /** Answered without being passed on. */
  | { readonly kind: 'status'; readonly status: number }
  /** The connection breaks before anything is passed on. */
  | { readonly kind: 'reset' }
  /** Passed on, and the answer is lost. */
  | { readonly kind: 'lost' }
  /** Passed on, and answered by a status instead. */
  | { readonly kind: 'hidden'; readonly status: number }
  /** Passed on twice. */
  | { readonly kind: 'twice' }
  /** Answered by this value without being passed on. */
  | { readonly kind: 'json'; readonly json: unknown }
  /** The same in protobuf. */
  | { readonly kind: 'proto'; readonly bytes: Uint8Array }
  /** Half of the answer, then the end. */
  | { readonly kind: 'cut' }

/** One request as the liar sees it. */
export interface Seen {
  readonly verb: string
  readonly body: string
  /** What came as X-API-Key. */
  readonly key: string | undefined
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts)
}

/** A request as it is passed on, instead of as it came. */
export type Rewrite = (seen: Seen) => string

/** A server between client and server that says what it likes. */
export const liar = async (target: string, lie: (seen: Seen) => Lie, rewrite?: Rewrite) => {
  const log: Seen[] = []
  /** Answers that were passed on. */
  const replies: { readonly verb: string; readonly text: string }[] = []
  /** Content types of the answers that were passed on, by verb. */
  const types = new Map<string, Set<string>>()
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request)
    const given = request.headers['x-api-key']
    const seen = {
      verb: (request.url ?? '').replace('/api/v1/', ''),
      body: body.toString('utf8'),
      key: typeof given === 'string' ? given : undefined,
    }
    log.push(seen)
    const told = lie(seen)
    const headers = Object.fromEntries(
      ['content-type', 'accept', 'x-kinograd-medium', 'x-api-key'].flatMap(name => {
        const value = request.headers[name]
        return typeof value === 'string' ? [[name, value] as const] : []
      }),
    )
    const pass = () =>
      fetch(`${target}${request.url}`, {
        method: request.method ?? 'GET',
        headers,
        ...(request.method === 'POST' ? { body: rewrite?.(seen) ?? new Uint8Array(body) } : {}),
      })
    const say = (status: number, text: string) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(text)
    if (told.kind === 'reset') return void request.socket.destroy()
    if (told.kind === 'status') return void say(told.status, JSON.stringify({ detail: 'a lie' }))
    if (told.kind === 'json') return void say(200, JSON.stringify(told.json))
    if (told.kind === 'proto')
      return void response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end(told.bytes)
    if (told.kind === 'twice') await (await pass()).text()
    const reply = await pass()
    const bytes = Buffer.from(await reply.arrayBuffer())
    const text = bytes.toString('utf8')
    if (told.kind === 'lost') return void request.socket.destroy()
    if (told.kind === 'hidden') return void say(told.status, JSON.stringify({ detail: 'a lie' }))
    if (told.kind === 'cut') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length })
      response.write(text.slice(0, text.length / 2))
      return void setTimeout(() => request.socket.destroy(), 1)
    }
    const type = reply.headers.get('content-type') ?? 'application/json'
    replies.push({ verb: seen.verb, text })
    types.set(seen.verb, (types.get(seen.verb) ?? new Set()).add(type))
    response.writeHead(reply.status, { 'content-type': type }).end(bytes)
  }
  const server = createServer(
    (request, response) => void answer(request, response).catch(() => request.socket.destroy()),
  )
  return { log, replies, types, ...(await onLoopback(server)) }
}
