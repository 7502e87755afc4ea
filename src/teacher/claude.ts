import Anthropic from '@anthropic-ai/sdk'
import { either as E, function as F } from 'fp-ts'
import { scrubber } from '../untrusted/index.ts'
import { checkedTokens, type Patience } from './checked.ts'
import { usableKey } from './key.ts'
import { readMessage } from './message.ts'
import { serverTeacher } from './server.ts'
import type { Question, Teacher, TeacherFault } from './types.ts'

/** Which model answers, and how it is reached. */
export interface ClaudeOptions extends Patience {
  readonly model: string
  /** ANTHROPIC_API_KEY by default. */
  readonly apiKey?: string | undefined
  readonly baseUrl?: string
  /** Longest answer; thinking counts. 2048 by default. */
  readonly maxTokens?: number
  /** `low` by default; null sends none, for models that do not know it. */
  readonly effort?: 'low' | 'medium' | 'high' | 'max' | null
  /** A JSON schema that the answer must have (structured outputs). */
  readonly schema?: Readonly<Record<string, unknown>>
  /** Further fields of a request, as the Messages API spells them; they win over those that are made here. */
  readonly extra?: Readonly<Record<string, unknown>>
}

/** The most images one request may hold. */
const imageLimit = 600

type Body = Anthropic.MessageCreateParamsNonStreaming

/** The body of one request: frames as JPEGs before the text; no sampling parameters and no prefill. */
const claudeBody =
  ({ model, maxTokens = 2048, effort = 'low', schema, extra }: ClaudeOptions) =>
  ({ prompt }: Question, images: readonly string[]): Body => ({
    model,
    max_tokens: maxTokens,
    ...(effort === null && schema === undefined
      ? {}
      : {
          output_config: {
            ...(effort === null ? {} : { effort }),
            ...(schema === undefined ? {} : { format: { type: 'json_schema' as const, schema: { ...schema } } }),
          },
        }),
    messages: [
      {
        role: 'user',
        content: [
          ...images.map(data => ({
            type: 'image' as const,
            source: { type: 'base64' as const, media_type: 'image/jpeg' as const, data },
          })),
          { type: 'text', text: prompt },
        ],
      },
    ],
    ...extra,
  })

/**
 * Claude as a teacher, through the official SDK. Frames go before the text as JPEGs. No sampling parameters and no
 * prefill: current models refuse them; determinism comes from the prompt. Refusals, unfinished answers, limits and lost
 * connections are faults; `signal` ends the request. One request holds its frames as base64 (about 0.1 MB each at
 * 448 × 252). What models write may not train competing models: see the provider's terms before training on it. Left:
 * `NoKey` when there is no key; nothing is asked before the first question. Throws a `Defect` for options that no
 * request can have.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { claude } from 'kinograd/teacher'
 *
 * const made = claude({ model: 'claude-haiku-5-5', apiKey: 'sk-ant-example', maxRetries: 2 })
 * assert(E.isRight(made) && made.right.name === 'claude:claude-haiku-5-5')
 * ```
 */
export const claude = (options: ClaudeOptions): E.Either<TeacherFault, Teacher> => {
  const { model, baseUrl, maxTokens = 2048 } = options
  checkedTokens(model, maxTokens, baseUrl)
  return F.pipe(
    usableKey('Claude', 'ANTHROPIC_API_KEY', options.apiKey ?? process.env.ANTHROPIC_API_KEY),
    E.map(apiKey => {
      const name = `claude:${model}`
      const client = new Anthropic({
        apiKey,
        authToken: null,
        maxRetries: 0,
        // The tries are bounded by the teacher, their answers included; this only has to be no less.
        timeout: 2 ** 31 - 1,
        ...(baseUrl === undefined ? {} : { baseURL: baseUrl }),
      })
      return serverTeacher(
        {
          name,
          address: client.baseURL,
          hide: scrubber(process.env, [apiKey]).text,
          body: claudeBody(options),
          send: (body: Body, signal) => client.messages.create(body, { signal }),
          read: answer => readMessage(name, answer, maxTokens),
          images: imageLimit,
        },
        options,
      )
    }),
  )
}
