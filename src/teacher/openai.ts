import { orThrow } from '../flow/index.ts'
import { scrubber } from '../untrusted/index.ts'
import { checkedNumber, checkedTokens, type Patience } from './checked.ts'
import { readCompletion } from './completion.ts'
import { teacherFault } from './fault.ts'
import { plainKey, usableKey } from './key.ts'
import { loadedOnce } from './loaded-once.ts'
import { serverTeacher } from './server.ts'
import type { Question, Teacher } from './types.ts'

/** Which server and model answer. */
export interface OpenAiCompatibleOptions extends Patience {
  /** With the version, as `http://127.0.0.1:8000/v1`. */
  readonly baseUrl: string
  readonly model: string
  /** Local servers take any. */
  readonly apiKey?: string
  /** Longest answer; 2048 by default. */
  readonly maxTokens?: number
  /** How the server spells the longest answer: `max_tokens` by default, `max_completion_tokens` for newer models of OpenAI. */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens'
  /** 0 by default: VideoP2R's teacher is greedy. Null sends none, for models that take none. */
  readonly temperature?: number | null
  /** Sent where given. */
  readonly topP?: number
  /** A JSON schema that the answer must have (`response_format`). */
  readonly schema?: Readonly<Record<string, unknown>>
  /**
   * How frames are shown: each as a picture, by default, or as one video of JPEGs (`data:video/jpeg`), which vLLM knows
   * from 0.19 on (take 0.30 or later: CVE-2026-105758). Such a video has no times, so give the server its rate in `extra`
   * where the model goes by it.
   */
  readonly frames?: 'pictures' | 'video'
  /** Further fields of a request (`chat_template_kwargs`, `mm_processor_kwargs`, …); they win over those that are made here. */
  readonly extra?: Readonly<Record<string, unknown>>
}

/** One request takes as many images as the server allows, which only the server knows. */
const imageLimit = 4096

/** A request as servers take it: the SDK's own type knows no videos. */
type Body = Readonly<Record<string, unknown>>

const pictures = (images: readonly string[]) =>
  images.map(data => ({ type: 'image_url', image_url: { url: `data:image/jpeg;base64,${data}` } }))

const video = (url: string) => ({ type: 'video_url', video_url: { url } })

/** The body of one request: a video, or frames as JPEG data URLs, before the text. */
const completionBody = (options: OpenAiCompatibleOptions) => {
  const { model, maxTokens = 2048, maxTokensField = 'max_tokens', temperature = 0, topP, schema, extra } = options
  const shown = (images: readonly string[]) =>
    options.frames === 'video' && images.length > 0
      ? [video(`data:video/jpeg;base64,${images.join(',')}`)]
      : pictures(images)
  return ({ prompt, video: url }: Question, images: readonly string[]): Body => ({
    model,
    [maxTokensField]: maxTokens,
    ...(temperature === null ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(schema === undefined
      ? {}
      : {
          response_format: {
            type: 'json_schema' as const,
            json_schema: { name: 'answer', strict: true, schema: { ...schema } },
          },
        }),
    messages: [
      {
        role: 'user',
        content: [...(url === undefined ? [] : [video(url)]), ...shown(images), { type: 'text', text: prompt }],
      },
    ],
    ...extra,
  })
}

/**
 * Any server that speaks OpenAI's chat completions (vLLM, SGLang, llama.cpp, Ollama) as a teacher. Frames go before the
 * text as JPEG data URLs, or as one video; a question may name a video of the server's own instead. What a model thinks
 * by habit is told apart from its answer. A server that does not report usage is counted as 0 tokens, `untold`. Faults as
 * for Claude. One request a clip: a scope around it (`within`) bounds how many are under way. Throws a `Defect` for options that no request can have.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { openAiCompatible } from 'kinograd/teacher'
 *
 * const local = openAiCompatible({ baseUrl: 'http://127.0.0.1:8000/v1', model: 'qwen2.5-vl' })
 * assert.equal(local.name, 'openai-compatible:qwen2.5-vl')
 * ```
 */
export const openAiCompatible = (options: OpenAiCompatibleOptions): Teacher => {
  const { baseUrl, model, maxTokens = 2048 } = options
  checkedTokens(model, maxTokens, baseUrl)
  checkedNumber('temperature', options.temperature, 0, 2)
  checkedNumber('topP', options.topP, 0, 1)
  const name = `openai-compatible:${model}`
  const apiKey = plainKey(options.apiKey) === '' ? 'none' : orThrow(usableKey(name, 'apiKey', options.apiKey))
  const client = loadedOnce(async () => {
    const { OpenAI } = await import('openai')
    return new OpenAI({
      apiKey,
      baseURL: baseUrl,
      maxRetries: 0,
      // The tries are bounded by the teacher, their answers included; this only has to be no less.
      timeout: 2 ** 31 - 1,
      organization: null,
      project: null,
    })
  })
  return serverTeacher(
    {
      name,
      address: baseUrl,
      hide: scrubber(process.env, apiKey === 'none' ? [] : [apiKey]).text,
      body: completionBody(options),
      shows: options.frames === 'video' ? { frames: 'video' } : {},
      load: client,
      send: async (body: Body, signal) => (await client()).post('/chat/completions', { body, signal }),
      read: answer => readCompletion(name, answer, maxTokens),
      refuses: ({ frames }) =>
        frames === undefined || frames.count <= imageLimit
          ? undefined
          : teacherFault(
              'BadRequest',
              `${name}: ${frames.count} frames, at most ${imageLimit} are taken`,
              'Sample fewer frames.',
            ),
    },
    options,
  )
}
