import { either as E, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import OpenAI from 'openai'
import { scrubber } from '../untrusted/index.ts'
import { faultOf, teacherFault } from './fault.ts'
import { jpegFrames } from './jpeg.ts'
import { linked } from './linked.ts'
import type { Answer, Teacher, TeacherFault } from './types.ts'

/** Which server and model answer. */
export interface OpenAiCompatibleOptions {
  /** With the version, as `http://127.0.0.1:8000/v1`. */
  readonly baseUrl: string
  readonly model: string
  /** Local servers take any. */
  readonly apiKey?: string
  readonly maxTokens?: number
  /** 0 by default: VideoP2R's teacher is greedy. */
  readonly temperature?: number
  readonly maxRetries?: number
  /** For one try. */
  readonly timeoutMs?: number
}

const completion = t.type({
  choices: t.array(
    t.type({
      finish_reason: t.union([t.string, t.null]),
      message: t.intersection([
        t.type({ content: t.union([t.string, t.null]) }),
        t.partial({ refusal: t.union([t.string, t.null]) }),
      ]),
    }),
  ),
})
const billed = t.type({ usage: t.type({ prompt_tokens: t.number, completion_tokens: t.number }) })

const read = (name: string, body: unknown, maxTokens: number): E.Either<TeacherFault, Answer> => {
  const decoded = completion.decode(body)
  const choice = E.isRight(decoded) ? decoded.right.choices[0] : undefined
  if (choice === undefined)
    return E.left(teacherFault('Unreadable', `${name}: the answer is not a chat completion`, 'Check the address.'))
  const { finish_reason: stop, message } = choice
  if (stop === 'content_filter' || (message.refusal ?? '') !== '')
    return E.left(teacherFault('Refused', `${name} declined to answer`, 'Ask another model.'))
  if (stop === 'length')
    return E.left(teacherFault('Truncated', `${name} stopped after ${maxTokens} tokens`, 'Raise maxTokens.'))
  const text = message.content ?? ''
  if (text.trim() === '')
    return E.left(teacherFault('Unreadable', `${name} answered without text (${stop ?? 'no reason'})`, 'Ask again.'))
  const usage = billed.decode(body)
  return E.right({
    text,
    usage: E.isRight(usage)
      ? { inputTokens: usage.right.usage.prompt_tokens, outputTokens: usage.right.usage.completion_tokens }
      : { inputTokens: 0, outputTokens: 0 },
  })
}

/**
 * Any server that speaks OpenAI's chat completions (vLLM, SGLang, llama.cpp, Ollama) as a teacher. Frames go before the
 * text as JPEG data URLs. A server that does not report usage is counted as 0 tokens. Faults as for Claude.
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
  const { baseUrl, model, apiKey = 'none', maxTokens = 2048, temperature = 0 } = options
  const { maxRetries = 4, timeoutMs = 120_000 } = options
  const name = `openai-compatible:${model}`
  const client = new OpenAI({
    apiKey,
    baseURL: baseUrl,
    maxRetries,
    timeout: timeoutMs,
    organization: null,
    project: null,
  })
  const wrong = faultOf(name, scrubber(process.env, [apiKey]).text)
  const ask: Teacher['ask'] = ({ prompt, frames }, signal) =>
    TE.flatMapEither((body: unknown) => read(name, body, maxTokens))(
      TE.tryCatch(async (): Promise<unknown> => {
        const images = frames === undefined ? [] : await jpegFrames(frames)
        return linked(signal, own =>
          client.chat.completions.create(
            {
              model,
              max_tokens: maxTokens,
              temperature,
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
            },
            { signal: own },
          ),
        )
      }, wrong),
    )
  return { name, ask }
}
