import Anthropic from '@anthropic-ai/sdk'
import { either as E, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { scrubber } from '../untrusted/index.ts'
import { faultOf, teacherFault } from './fault.ts'
import { jpegFrames } from './jpeg.ts'
import { linked } from './linked.ts'
import type { Answer, Teacher, TeacherFault } from './types.ts'

/** Which model answers, and how it is reached. */
export interface ClaudeOptions {
  readonly model: string
  /** ANTHROPIC_API_KEY by default. */
  readonly apiKey?: string | undefined
  readonly baseUrl?: string
  /** Longest answer; thinking counts. */
  readonly maxTokens?: number
  readonly effort?: 'low' | 'medium' | 'high'
  /** The SDK retries lost connections, 408, 409, 429 and 5xx, obeying `retry-after`. */
  readonly maxRetries?: number
  /** For one try. */
  readonly timeoutMs?: number
}

const message = t.type({
  stop_reason: t.union([t.string, t.null]),
  content: t.array(t.intersection([t.type({ type: t.string }), t.partial({ text: t.string })])),
  usage: t.type({ input_tokens: t.number, output_tokens: t.number }),
})
const refusal = t.type({ stop_details: t.type({ category: t.string }) })

/** The most images one request may hold. */
const imageLimit = 600

const read = (name: string, body: unknown, maxTokens: number): E.Either<TeacherFault, Answer> => {
  const decoded = message.decode(body)
  if (E.isLeft(decoded))
    return E.left(
      teacherFault('Unreadable', `${name}: the answer is not a message`, 'Check the address of the server.'),
    )
  const { stop_reason: stop, content, usage } = decoded.right
  if (stop === 'refusal') {
    const why = refusal.decode(body)
    const category = E.isRight(why) ? ` (${why.right.stop_details.category})` : ''
    return E.left(
      teacherFault(
        'Refused',
        `${name} declined to answer${category}`,
        'Ask another model, or ask for evidence instead of thoughts.',
      ),
    )
  }
  if (stop === 'max_tokens' || stop === 'model_context_window_exceeded')
    return E.left(
      teacherFault(
        'Truncated',
        `${name} stopped (${stop}) after ${usage.output_tokens} of ${maxTokens} tokens`,
        'Raise maxTokens.',
      ),
    )
  const text = content.flatMap(block => (block.type === 'text' ? [block.text ?? ''] : [])).join('')
  return text.trim() === ''
    ? E.left(teacherFault('Unreadable', `${name} answered without text (${stop ?? 'no stop reason'})`, 'Ask again.'))
    : E.right({ text, usage: { inputTokens: usage.input_tokens, outputTokens: usage.output_tokens } })
}

/**
 * Claude as a teacher, through the official SDK. Frames go before the text as JPEGs. No sampling parameters and no
 * prefill: current models refuse them; determinism comes from the prompt. Refusals, cut answers, limits and lost
 * connections are faults; `signal` ends the request. One request holds its frames as base64 (about 0.1 MB each at
 * 448 × 252). What models write may not train competing models: see the provider's terms before training on it. Left:
 * `NoKey` when there is no key; nothing is asked before the first question.
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
  const { model, apiKey = process.env.ANTHROPIC_API_KEY, baseUrl, effort = 'low' } = options
  const { maxTokens = 2048, maxRetries = 4, timeoutMs = 120_000 } = options
  if (apiKey === undefined || apiKey === '')
    return E.left(
      teacherFault(
        'NoKey',
        'Claude needs a key and ANTHROPIC_API_KEY is not set',
        'Set it, or use the scripted teacher.',
      ),
    )
  const name = `claude:${model}`
  const client = new Anthropic({
    apiKey,
    authToken: null,
    maxRetries,
    timeout: timeoutMs,
    ...(baseUrl === undefined ? {} : { baseURL: baseUrl }),
  })
  const wrong = faultOf(name, scrubber(process.env, [apiKey]).text)
  const ask: Teacher['ask'] = ({ prompt, frames }, signal) => {
    if (frames !== undefined && frames.count > imageLimit)
      return TE.left(
        teacherFault(
          'BadRequest',
          `${name}: ${frames.count} frames, at most ${imageLimit} are taken`,
          'Sample fewer frames.',
        ),
      )
    return TE.flatMapEither((body: unknown) => read(name, body, maxTokens))(
      TE.tryCatch(async (): Promise<unknown> => {
        const images = frames === undefined ? [] : await jpegFrames(frames)
        return linked(signal, own =>
          client.messages.create(
            {
              model,
              max_tokens: maxTokens,
              output_config: { effort },
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
            },
            { signal: own },
          ),
        )
      }, wrong),
    )
  }
  return E.right({ name, ask })
}
