import { createServer } from 'node:http'
import type { Engine, Prompt } from 'kinograd/engine'
import type { Patches } from 'kinograd/media'
import { onLoopback } from '../../loopback.ts'
import { right } from '../../tinker/either.ts'
import { itemRead } from './fixture.ts'

interface Body {
  readonly model?: string
  readonly prompt?: readonly number[]
  readonly token_ids?: readonly number[]
  readonly features?: { readonly kwargs_data: Readonly<Record<string, readonly string[]>> }
  readonly lora_name?: string
  readonly lora_path?: string
}
interface Settings {
  readonly n: number
  readonly max_tokens: number
  readonly temperature: number
  readonly top_p: number
  readonly stop_token_ids: readonly number[]
  readonly seed: number
  readonly prompt_logprobs?: number
}

/** The patches of an item of features: as vLLM's model gets them. */
const patchesOf = (data: string): Patches => {
  const { item, buffer } = itemRead(data)
  const kind = 'pixel_values_videos' in item ? 'video' : 'image'
  const [t = 0, h = 0, w = 0] = Array.from(
    new BigInt64Array(buffer(kind === 'video' ? 'video_grid_thw' : 'image_grid_thw')),
    Number,
  )
  return {
    kind,
    grid: [t, h, w],
    secondsPerGrid: kind === 'video' ? (new Float32Array(buffer('second_per_grid_ts'))[0] ?? 1) : 1,
    values: new Float32Array(buffer(kind === 'video' ? 'pixel_values_videos' : 'pixel_values')),
  }
}

/** vLLM's protocol over an engine of ours with the same checkpoint: adapters are loaded from the folder, clips are decoded from features. */
export const standIn = async (engine: Engine) => {
  const adapters = new Map<string, string>()
  let loaded: string | undefined
  const answer = async (verb: string, body: Body): Promise<[number, string]> => {
    if (verb === 'version') return [200, '{"version":"0.31.0"}']
    if (verb === 'v1/models') {
      const list = [...adapters].map(([id, root]) => ({ id, root, parent: 'base' }))
      return [200, JSON.stringify({ data: [{ id: 'base', root: 'base', parent: null, max_model_len: 512 }, ...list] })]
    }
    if (verb === 'v1/unload_lora_adapter') {
      adapters.delete(body.lora_name ?? '')
      return [200, 'ok']
    }
    if (verb === 'v1/load_lora_adapter') {
      adapters.set(body.lora_name ?? '', body.lora_path ?? '')
      return [200, 'ok']
    }
    const folder = adapters.get(body.model ?? '')
    if (folder === undefined) return [404, '{"error":{"message":"no such model"}}']
    if (loaded !== folder) right(await engine.load(folder, { weightsOnly: true })())
    loaded = folder
    const own = (verb === 'v1/completions' ? body : (body as { sampling_params?: unknown }).sampling_params) as Settings
    const ids = Int32Array.from(body.prompt ?? body.token_ids ?? [])
    const media = Object.values(body.features?.kwargs_data ?? {})
      .flat()
      .map(patchesOf)
    const prompt: Prompt = { ids, media }
    const settings = { count: own.n, maxTokens: own.max_tokens, temperature: own.temperature, topP: own.top_p }
    const [group = []] = right(
      await engine.sample([prompt], { ...settings, stop: own.stop_token_ids, seed: own.seed })(),
    )
    // A prompt's own tokens are scored as completions behind its first tokens; before its media are whole there are none to give.
    const scored = async () => {
      const last = Math.max(1, ids.length - 2)
      const rows = right(
        await engine.logprobs([{ prompt: { ids: ids.slice(0, last), media }, completions: [ids.slice(last)] }])(),
      )
      return [...ids].map((id, i) => (i < last ? null : { [id]: { logprob: rows[0]?.[i - last] } }))
    }
    return [
      200,
      JSON.stringify({
        model: body.model,
        ...(own.prompt_logprobs === undefined ? {} : { prompt_logprobs: await scored() }),
        usage: { prompt_tokens: ids.length },
        choices: group.map(({ ids: tokens, logprobs }, index) => ({
          index,
          finish_reason: 'stop',
          token_ids: [...tokens],
          logprobs:
            verb === 'v1/completions'
              ? { token_logprobs: [...logprobs] }
              : { content: Array.from(logprobs, (logprob, i) => ({ logprob, token_id: tokens[i] })) },
        })),
      }),
    ]
  }
  let before: Promise<unknown> = Promise.resolve()
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const text = Buffer.concat(parts).toString('utf8')
    // One request after the other: the adapter is loaded into one engine.
    const now = before.then(() => answer((request.url ?? '').slice(1), text === '' ? {} : JSON.parse(text)))
    before = now.catch(() => undefined)
    const [status, said] = await now.catch((error): [number, string] => [
      400,
      JSON.stringify({ error: { message: String(error) } }),
    ])
    response.writeHead(status).end(said)
  })
  const { url, close } = await onLoopback(server)
  return { url, close }
}
