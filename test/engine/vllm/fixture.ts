import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { decode, ExtData } from '@msgpack/msgpack'
import { onLoopback } from '../../loopback.ts'
import { toyScore } from './toy.ts'

/** How the server lies. */
export type Lie =
  | 'truth'
  /** Features are thrown away without a word, with their pads or without them. */
  | 'deaf'
  | 'drops pads'
  | 'takes no features'
  | 'fewer log-probabilities'
  | 'no token ids'
  | 'positive log-probability'
  | 'other prompt'
  | 'other count of the prompt'
  | 'fewer choices'
  | 'choices turned round'
  | 'cut completion'
  | 'other model'
  | 'old weights'
  | 'does not list'
  | 'lists another folder'
  | 'loads nothing'
  | 'no json'
  | 'forgets'

/** What becomes of a request before it is looked at. */
export type Fate = { readonly status: number } | 'reset' | 'lost' | 'cut' | undefined

/** Settings of sampling, as both verbs have them. */
interface Settings {
  readonly n: number
  readonly max_tokens: number
  readonly stop_token_ids: readonly number[]
  readonly prompt_logprobs?: number
  readonly repetition_penalty: number
  readonly top_k: number
  readonly ignore_eos: boolean
  readonly seed: number
}

/** A body of any verb. */
interface Body extends Partial<Settings> {
  readonly model?: string
  readonly prompt?: readonly number[]
  readonly token_ids?: readonly number[]
  readonly sampling_params?: Settings
  readonly features?: {
    readonly kwargs_data: Readonly<Record<string, readonly string[]>>
    readonly mm_hashes: Readonly<Record<string, readonly string[]>>
    readonly mm_placeholders: Readonly<Record<string, readonly { offset: number; length: number }[]>>
  }
  readonly lora_name?: string
  readonly lora_path?: string
}

/** A request that came. */
export interface Came {
  readonly verb: string
  readonly body: Body
  readonly headers: IncomingMessage['headers']
}

/** An item of features, read as vLLM reads it. */
export const itemRead = (data: string) => {
  const item = decode(Buffer.from(data, 'base64')) as Readonly<
    Record<string, { readonly data: readonly [string, readonly number[], ExtData]; readonly field: unknown }>
  >
  const buffer = (key: string): ArrayBuffer => {
    const ext = item[key]!.data[2]
    if (!(ext instanceof ExtData) || ext.type !== 3 || !(ext.data instanceof Uint8Array)) throw new Error('no raw view')
    return Uint8Array.from(ext.data).buffer
  }
  const pixels = 'pixel_values_videos' in item ? 'pixel_values_videos' : 'pixel_values'
  return { item, buffer, first: new Float32Array(buffer(pixels))[0]! }
}

const settingsIn = (body: Body): Settings => (body.sampling_params ?? body) as Settings

/** A stand-in for vLLM that computes with the toy's weight, which it reads from adapters on the disk. */
export const fixture = async ({
  lie = 'truth' as Lie,
  version = '0.30.0',
  fate = (_: Came): Fate => undefined,
  /** What is waited for before a request is answered. */
  before = (_: Came): Promise<void> => Promise.resolve(),
} = {}) => {
  const adapters = new Map<string, { path: string; weight: number }>()
  const log: Came[] = []
  const unloaded: string[] = []

  const load = async ({ lora_name: name = '', lora_path: path = '' }: Body): Promise<[number, string]> => {
    if (lie === 'loads nothing') return [404, JSON.stringify({ detail: 'Not Found' })]
    if (adapters.has(name))
      return [
        400,
        JSON.stringify({ error: { message: `The lora adapter '${name}' has already been loaded.`, code: 400 } }),
      ]
    const weight = Number(await readFile(join(path, 'weight.json'), 'utf8'))
    adapters.set(name, { path, weight: lie === 'old weights' ? 0 : weight })
    return [200, `Success: LoRA adapter '${name}' added successfully.`]
  }

  const generate = (body: Body, verb: string): [number, string] => {
    const own = settingsIn(body)
    const ids = body.prompt ?? body.token_ids ?? []
    if (body.features !== undefined && lie === 'takes no features')
      return [400, JSON.stringify({ error: { message: 'extra fields not permitted: features', code: 400 } })]
    const adapter = adapters.get(body.model ?? '')
    if (adapter === undefined || lie === 'forgets')
      return [404, JSON.stringify({ error: { message: 'The model does not exist.' } })]
    // A clip and its dark twin are not the same to this model: it sees the sign.
    const seen = Object.values(body.features?.kwargs_data ?? {})
      .flat()
      .map(data => itemRead(data).first)
      .reduce((sum, first) => sum + Math.abs(first) + (first < 0 ? 3 : 0), 0)
    const media = lie === 'deaf' || lie === 'drops pads' ? 0 : seen
    const score = (id: number) => toyScore(adapter.weight, media, id)
    const read = lie === 'drops pads' ? ids.filter(id => id < 900) : ids
    const choice = (index: number) => {
      // Says in its tokens how many adapters there were; ends by the stop token in every other choice.
      const whole = new Array<number>(own.max_tokens).fill(adapters.size)
      const ended = index % 2 === 1 && own.stop_token_ids.length > 0
      const tokens = ended
        ? [...whole.slice(0, 1), own.stop_token_ids[0]!]
        : lie === 'cut completion'
          ? whole.slice(1)
          : whole
      const scores = tokens.map((id, i) => (lie === 'positive log-probability' && i === 0 ? 0.5 : score(id)))
      const shown = lie === 'fewer log-probabilities' ? scores.slice(1) : scores
      return {
        index,
        finish_reason: ended ? 'stop' : 'length',
        ...(lie === 'no token ids' ? { text: 'some text' } : { token_ids: tokens }),
        logprobs:
          verb === 'v1/completions'
            ? { token_logprobs: shown, tokens: shown.map(String), top_logprobs: [], text_offset: [] }
            : { content: shown.map((logprob, i) => ({ logprob, token_id: tokens[i] })) },
        ...(verb === 'v1/completions' ? { prompt_token_ids: lie === 'other prompt' ? [...ids, 5] : ids } : {}),
      }
    }
    const choices = Array.from({ length: lie === 'fewer choices' ? own.n - 1 : own.n }, (_, i) => choice(i))
    const scored =
      own.prompt_logprobs === undefined
        ? undefined
        : read.map((id, i) => (i === 0 ? null : { [id]: { logprob: score(id), rank: 1 } }))
    if (lie === 'no json') return [200, 'Success']
    return [
      200,
      JSON.stringify({
        id: 'x',
        model: lie === 'other model' ? 'base' : body.model,
        choices: lie === 'choices turned round' ? choices.reverse() : choices,
        ...(scored === undefined ? {} : { prompt_logprobs: scored }),
        ...(verb === 'v1/completions' || lie === 'drops pads' ? {} : { prompt_token_ids: ids }),
        usage: {
          prompt_tokens: lie === 'other count of the prompt' ? ids.length + 7 : ids.length,
          completion_tokens: 1,
        },
      }),
    ]
  }

  const models = () => ({
    data: [
      { id: 'base', root: '/models/base', parent: null, max_model_len: 500 },
      ...[...adapters].flatMap(([id, { path }]) =>
        lie === 'does not list'
          ? []
          : [{ id, root: lie === 'lists another folder' ? '/elsewhere' : path, parent: 'base', max_model_len: null }],
      ),
    ],
  })

  const answer = async (verb: string, body: Body): Promise<[number, string]> => {
    if (verb === 'version') return [200, JSON.stringify({ version })]
    if (verb === 'v1/models') return [200, JSON.stringify(models())]
    if (verb === 'v1/load_lora_adapter') return load(body)
    if (verb === 'v1/unload_lora_adapter') {
      unloaded.push(body.lora_name ?? '')
      return [200, 'Success']
    }
    return generate(body, verb)
  }

  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const text = Buffer.concat(parts).toString('utf8')
    const came = {
      verb: (request.url ?? '').slice(1),
      body: text === '' ? {} : JSON.parse(text),
      headers: request.headers,
    }
    log.push(came)
    await before(came)
    const end = fate(came)
    if (end === 'reset') return void request.socket.destroy()
    if (typeof end === 'object') return void response.writeHead(end.status).end('{"error":{"message":"busy"}}')
    const [status, said] = await answer(came.verb, came.body)
    if (end === 'lost') return void request.socket.destroy()
    if (end === 'cut') {
      response.writeHead(status, { 'content-length': said.length })
      response.write(said.slice(0, said.length / 2))
      return void setTimeout(() => request.socket.destroy(), 5)
    }
    response.writeHead(status).end(said)
  })
  const { url, close } = await onLoopback(server)
  return { url, close, log, unloaded, adapters }
}
