import { createServer } from 'node:http'
import { onLoopback } from '../loopback.ts'
import { answerTo, readAsked } from './annotate-world.ts'

interface Asked {
  readonly question: string
  readonly how: 'live' | 'batch'
}

const textOf = (completion: unknown): string => {
  const { choices } = completion as { choices: { message: { content: string } }[] }
  return choices[0]?.message.content ?? ''
}

/** What it says to the body of a request: what the fixture for chat completions says, as a message. */
const messageTo = (body: Record<string, unknown>, refuses: (question: string) => boolean) => {
  const seen = { path: '', headers: {}, body: { ...body, ...('output_config' in body ? { response_format: {} } : {}) } }
  const { n, judging } = readAsked(seen)
  const question = `${judging ? 'judge' : 'annotate'} ${n}`
  const refused = refuses(question)
  const message = {
    ...{ id: 'msg', type: 'message', role: 'assistant', model: 'm', stop_reason: refused ? 'refusal' : 'end_turn' },
    content: refused ? [] : [{ type: 'text', text: textOf(answerTo(seen).body) }],
    usage: { input_tokens: 100, output_tokens: 20 },
  }
  return { question, message }
}

/** A server that speaks Messages and Message Batches, and counts what it answered, live and in batches. */
export const claudeServer = async (refuses: (question: string) => boolean = () => false) => {
  const asked: Asked[] = []
  const batches = new Map<string, { readonly at: number; readonly lines: readonly string[] }>()
  const shown = (id: string) => {
    const lines = batches.get(id)?.lines ?? []
    return {
      ...{ id, type: 'message_batch', processing_status: 'ended', created_at: new Date(batches.get(id)?.at ?? 0) },
      request_counts: { processing: 0, succeeded: lines.length, errored: 0, canceled: 0, expired: 0 },
      results_url: `${here.url}/v1/messages/batches/${id}/results`,
    }
  }
  const create = (body: { readonly requests: readonly { custom_id: string; params: Record<string, unknown> }[] }) => {
    const lines = body.requests.map(({ custom_id, params }) => {
      const { question, message } = messageTo(params, refuses)
      asked.push({ question, how: 'batch' })
      return JSON.stringify({ custom_id, result: { type: 'succeeded', message } })
    })
    const id = `msgbatch_${batches.size}`
    batches.set(id, { at: Date.now(), lines: lines.reverse() })
    return shown(id)
  }
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', piece => pieces.push(piece))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(pieces).toString() || '{}')
      const [path = ''] = (request.url ?? '').split('?')
      const [, id = '', results] = /\/batches\/([^/]+)(\/results)?$/.exec(path) ?? []
      const json = (value: unknown) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify(value))
      }
      if (path.endsWith('/v1/messages')) {
        const { question, message } = messageTo(body, refuses)
        asked.push({ question, how: 'live' })
        json(message)
      } else if (results !== undefined) {
        response.writeHead(200, { 'content-type': 'application/x-jsonl' })
        response.end((batches.get(id)?.lines ?? []).map(line => `${line}\n`).join(''))
      } else if (id !== '') json(shown(id))
      else if (request.method === 'POST') json(create(body))
      else json({ data: [...batches.keys()].map(shown), has_more: false, first_id: null, last_id: null })
    })
  })
  const here = await onLoopback(server)
  return { asked, ...here }
}
