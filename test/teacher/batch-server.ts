import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { onLoopback } from '../loopback.ts'

/**
 * A server on 127.0.0.1 that speaks Message Batches: create, retrieve, list in pages, cancel, results. It works on a
 * request once per batch that holds it, bills what it answered, and counts both, so that a test can compare.
 */

/** What a batch says about one request. */
export type FakeResult = 'answer' | 'refusal' | 'cut' | 'expired' | 'canceled' | `errored:${string}`

/** What goes wrong with one call. */
export type CallTrouble =
  /** Done, and the answer is lost on the way, or hangs in the middle. */
  | 'lost after'
  | 'hung after'
  /** Never done. */
  | 'reset before'
  /** Answers with a status, and does nothing. */
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  /** Results only: half of the lines, then a clean end; half, and the last line cut; half, and nothing more comes. */
  | 'cut'
  | 'cut in a line'
  | 'hung'
  /** Done, and a page of a proxy comes instead of the answer. */
  | 'page'

/** One call as it came. */
export interface Call {
  readonly kind: 'create' | 'retrieve' | 'list' | 'cancel' | 'results'
  /** How many of its kind came before. */
  readonly nth: number
  readonly batch: string | undefined
  readonly key: string
}

export interface FakeBatchOptions {
  /** Milliseconds until a batch has ended; 20 by default. */
  readonly workMs?: number | ((nth: number) => number)
  /** What becomes of a request; `round` says how often it was in a batch before. Answered by default. */
  readonly result?: (prompt: string, round: number) => FakeResult
  /** What it answers; `fakeAnswer` by default. */
  readonly answer?: (prompt: string) => string
  readonly trouble?: (call: Call) => CallTrouble | undefined
  /** Milliseconds in which a new batch is unknown to `retrieve`, and in which lists lack it; 0 by default. */
  readonly unknownMs?: number
  readonly unlistedMs?: number
  /** How much faster its clock runs, for what it writes into `created_at` and `Date`; 1 by default. */
  readonly clockAheadMs?: number
  /** Its counts say half of what there is, the first reading of results lacks the last line and has the first one twice. */
  readonly isMiscounting?: boolean
  /** Whether 29 days have gone by. */
  readonly isArchived?: () => boolean
}

interface Held {
  readonly id: string
  readonly made: number
  readonly ends: number
  canceled: boolean
  /** By custom_id: what it was asked. */
  readonly prompts: ReadonlyMap<string, string>
  lines: readonly string[] | undefined
  counts: { processing: number; succeeded: number; errored: number; canceled: number; expired: number }
}

/** What the server counted. */
export interface Counted {
  readonly calls: Record<Call['kind'], number>
  readonly batches: number
  readonly inputTokens: number
  readonly outputTokens: number
  /** By custom_id: how often it was billed. */
  readonly billed: ReadonlyMap<string, number>
  readonly mostInOneBody: number
  readonly requests: number
}

const mark = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE(0)

/** What it answers to a prompt. */
export const fakeAnswer = (prompt: string): string => `answer to ${prompt} (${mark(prompt) % 1000})`
/** What it bills for a prompt. */
export const fakeTokens = (prompt: string) => ({ input_tokens: 100 + (mark(prompt) % 50), output_tokens: 20 })

const message = (prompt: string, stop: string, text: string) => ({
  id: 'msg',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: text === '' ? [] : [{ type: 'text', text }],
  stop_reason: stop,
  usage: fakeTokens(prompt),
})

const textOf = (params: unknown): string => {
  const messages = (params as { messages: { content: { type: string; text?: string }[] }[] }).messages
  return messages[0]?.content.find(({ type }) => type === 'text')?.text ?? ''
}

/** Kinds that the API has today. */
const known = /^(answer|refusal|cut|errored:.*)$/

export const batchServer = async (options: FakeBatchOptions = {}) => {
  const { workMs = 20, result = () => 'answer', answer = fakeAnswer, trouble = () => undefined } = options
  const { unknownMs = 0, unlistedMs = 0, clockAheadMs = 0, isArchived = () => false, isMiscounting = false } = options
  const held = new Map<string, Held>()
  const rounds = new Map<string, number>()
  const billed = new Map<string, number>()
  const calls = { create: 0, retrieve: 0, list: 0, cancel: 0, results: 0 }
  const sums = { input: 0, output: 0, body: 0, requests: 0 }
  const heads: string[] = []
  const now = () => Date.now()
  const clock = (time: number) => new Date(time + clockAheadMs).toISOString()

  const resultOf = (key: string, prompt: string, asked: FakeResult): [keyof Held['counts'], unknown] => {
    if (asked === 'expired' || asked === 'canceled') return [asked, { type: asked }]
    if (!known.test(asked)) return ['succeeded', { type: asked }]
    if (asked.startsWith('errored:')) {
      const [, type = '', words = 'no'] = asked.split(':')
      return [
        'errored',
        { type: 'errored', error: { type: 'error', error: { type, message: words }, request_id: null } },
      ]
    }
    const { input_tokens, output_tokens } = fakeTokens(prompt)
    sums.input += input_tokens
    sums.output += output_tokens
    billed.set(key, (billed.get(key) ?? 0) + 1)
    const said =
      asked === 'refusal'
        ? message(prompt, 'refusal', '')
        : asked === 'cut'
          ? message(prompt, 'max_tokens', 'half an ans')
          : message(prompt, 'end_turn', answer(prompt))
    return ['succeeded', { type: 'succeeded', message: said }]
  }
  const work = (batch: Held): void => {
    if (batch.lines !== undefined || (now() < batch.ends && !batch.canceled)) return
    const lines = [...batch.prompts].map(([key, prompt]) => {
      const round = rounds.get(key) ?? 0
      rounds.set(key, round + 1)
      const [count, value] = resultOf(key, prompt, batch.canceled ? 'canceled' : result(prompt, round))
      batch.counts[count]++
      return JSON.stringify({ custom_id: key, result: value })
    })
    batch.counts.processing = 0
    // Results come in an order of their own.
    batch.lines = lines.sort((a, b) => mark(a) - mark(b))
  }
  const shown = (batch: Held) => ({
    id: batch.id,
    type: 'message_batch',
    processing_status: batch.lines !== undefined ? 'ended' : batch.canceled ? 'canceling' : 'in_progress',
    request_counts: isMiscounting
      ? { ...batch.counts, succeeded: Math.floor(batch.counts.succeeded / 2) }
      : batch.counts,
    created_at: clock(batch.made),
    results_url:
      batch.lines === undefined || isArchived() ? null : `${here.url}/v1/messages/batches/${batch.id}/results`,
  })
  const json = (response: ServerResponse, body: unknown, status = 200, headers = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    response.writeHead(status, {
      'content-type': 'application/json',
      date: new Date(now() + clockAheadMs).toUTCString(),
      ...headers,
    })
    response.end(text)
  }
  const missing = (response: ServerResponse) =>
    json(response, { type: 'error', error: { type: 'not_found_error', message: 'no such batch' } }, 404)
  /** Answers, or does with the answer what was asked for. */
  const send = (response: ServerResponse, body: unknown, wrong: CallTrouble | undefined) => {
    if (wrong === 'lost after') return response.socket?.resetAndDestroy()
    if (wrong === 'hung after') return response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":')
    return json(response, wrong === 'page' ? '<html>gateway</html>' : body)
  }
  const created = (body: string): Held => {
    const { requests } = JSON.parse(body) as { requests: { custom_id: string; params: unknown }[] }
    const bad = requests.find(({ custom_id }) => !/^[a-zA-Z0-9_-]{1,64}$/.test(custom_id))
    if (bad !== undefined) throw new Error(`custom_id ${bad.custom_id}`)
    if (requests.length > 100_000 || body.length > 256e6) throw new Error('the batch is too large')
    if (requests.some(({ params }) => textOf(params) === '' || Object.hasOwn(Object(params), 'stream')))
      throw new Error('a request of a batch has a text and no stream')
    sums.body = Math.max(sums.body, body.length)
    sums.requests += requests.length
    const nth = held.size
    const prompts = new Map(requests.map(({ custom_id, params }) => [custom_id, textOf(params)]))
    if (prompts.size !== requests.length) throw new Error('custom_ids are not unique')
    const counts = { processing: prompts.size, succeeded: 0, errored: 0, canceled: 0, expired: 0 }
    const made = now()
    const ends = made + (typeof workMs === 'number' ? workMs : workMs(nth))
    const batch = { id: `msgbatch_${nth}`, made, ends, canceled: false, prompts, lines: undefined, counts }
    held.set(batch.id, batch)
    return batch
  }
  const list = (request: IncomingMessage) => {
    const query = new URL(request.url ?? '', 'http://x').searchParams
    const all = [...held.values()].filter(({ made }) => now() - made >= unlistedMs).reverse()
    const after = query.get('after_id')
    const from = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1
    const page = all.slice(from, from + Number(query.get('limit') ?? 20))
    for (const batch of page) work(batch)
    return {
      data: page.map(shown),
      has_more: from + page.length < all.length,
      first_id: page[0]?.id ?? null,
      last_id: page.at(-1)?.id ?? null,
    }
  }
  const results = (response: ServerResponse, lines: readonly string[], wrong: CallTrouble | undefined) => {
    response.writeHead(200, { 'content-type': 'application/binary' })
    const cut = wrong === 'cut' || wrong === 'cut in a line' || wrong === 'hung' || wrong === 'lost after'
    const half = lines.slice(0, Math.floor(lines.length / 2))
    const text = (cut ? half : lines).map(line => `${line}\n`).join('')
    const rest = wrong === 'cut in a line' ? (lines[half.length]?.slice(0, 20) ?? '') : ''
    if (wrong === 'lost after') return response.write(text, () => setTimeout(() => response.socket?.destroy(), 2))
    return wrong === 'hung' ? response.write(text || '\n') : response.end(text + rest)
  }
  const handle = (request: IncomingMessage, body: string, response: ServerResponse) => {
    const [, id, verb] = /^\/v1\/messages\/batches(?:\/([^/?]+))?(?:\/(\w+))?/.exec(request.url ?? '') ?? []
    const kind: Call['kind'] =
      id === undefined
        ? request.method === 'POST'
          ? 'create'
          : 'list'
        : verb === 'results' || verb === 'cancel'
          ? verb
          : 'retrieve'
    const key = String(request.headers.authorization ?? request.headers['x-api-key'] ?? '')
    heads.push(key)
    const wrong = trouble({ kind, nth: calls[kind]++, batch: id, key })
    if (wrong === 'reset before') return request.socket.resetAndDestroy()
    if (typeof wrong === 'object') return json(response, wrong.body ?? {}, wrong.status, wrong.headers)
    if (kind === 'create') return send(response, shown(created(body)), wrong)
    if (kind === 'list') return send(response, list(request), wrong)
    const batch = held.get(id ?? '')
    if (batch === undefined || now() - batch.made < unknownMs) return missing(response)
    if (kind === 'cancel' && batch.lines !== undefined) throw new Error('the batch has ended')
    if (kind === 'cancel') batch.canceled = true
    work(batch)
    if (kind !== 'results') return send(response, shown(batch), wrong)
    if (batch.lines === undefined) return missing(response)
    const short = isMiscounting && calls.results === 1
    return results(response, short ? [batch.lines[0]!, ...batch.lines.slice(0, -1)] : batch.lines, wrong)
  }
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', piece => pieces.push(piece))
    request.on('end', () => {
      try {
        handle(request, Buffer.concat(pieces).toString(), response)
      } catch (error) {
        json(response, { type: 'error', error: { type: 'invalid_request_error', message: String(error) } }, 400)
      }
    })
  })
  const here = await onLoopback(server)
  return {
    ...here,
    keys: heads,
    counted: (): Counted => ({
      calls: { ...calls },
      batches: held.size,
      inputTokens: sums.input,
      outputTokens: sums.output,
      billed,
      mostInOneBody: sums.body,
      requests: sums.requests,
    }),
  }
}
