import OpenAI from 'openai'
import { orThrow } from '../flow/index.ts'
import { scrubber } from '../untrusted/index.ts'
import { checkedNumber, checkedTokens, type Patience } from './checked.ts'
import { readCompletion } from './completion.ts'
import { plainKey, usableKey } from './key.ts'
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
  /** Further fields of a request (`chat_template_kwargs`, `mm_processor_kwargs`, …); they win over those that are made here. */
  readonly extra?: Readonly<Record<string, unknown>>
}

/** One request takes as many images as the server allows, which only the server knows. */
const imageLimit = 4096

type Body = OpenAI.ChatCompletionCreateParamsNonStreaming

/** The body of one request: frames as JPEG data URLs before the text. */
const completionBody = (options: OpenAiCompatibleOptions) => {
  const { model, maxTokens = 2048, maxTokensField = 'max_tokens', temperature = 0, topP, schema, extra } = options
  return ({ prompt }: Question, images: readonly string[]): Body => ({
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
        content: [
          ...images.map(data => ({
            type: 'image_url' as const,
            image_url: { url: `data:image/jpeg;base64,${data}` },
          })),
          { type: 'text', text: prompt },
        ],
      },
    ],
    ...extra,
  })
}

/**
 * Any server that speaks OpenAI's chat completions (vLLM, SGLang, llama.cpp, Ollama) as a teacher. Frames go before the
 * text as JPEG data URLs. What a model thinks by habit is told apart from its answer. A server that does not report usage
 * is counted as 0 tokens, `untold`. Faults as for Claude. Throws a `Defect` for options that no request can have.
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
  const client = new OpenAI({
    apiKey,
    baseURL: baseUrl,
    maxRetries: 0,
    // The tries are bounded by the teacher, their answers included; this only has to be no less.
    timeout: 2 ** 31 - 1,
    organization: null,
    project: null,
  })
  return serverTeacher(
    {
      name,
      address: baseUrl,
      hide: scrubber(process.env, apiKey === 'none' ? [] : [apiKey]).text,
      body: completionBody(options),
      send: (body: Body, signal) => client.chat.completions.create(body, { signal }),
      read: answer => readCompletion(name, answer, maxTokens),
      images: imageLimit,
    },
    options,
  )
}
