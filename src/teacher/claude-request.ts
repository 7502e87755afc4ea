import type Anthropic from '@anthropic-ai/sdk'
import { either as E, function as F } from 'fp-ts'
import { scrubber } from '../untrusted/index.ts'
import { checkedTokens, type Patience } from './checked.ts'
import { teacherFault } from './fault.ts'
import { usableKey } from './key.ts'
import { loadedOnce } from './loaded-once.ts'
import { settingsText } from './settings.ts'
import type { Question, TeacherFault } from './types.ts'

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

/** Why Claude cannot be asked a question, if so. */
export const claudeRefuses = (name: string, { frames, video }: Question): TeacherFault | undefined =>
  video !== undefined
    ? teacherFault('BadRequest', `${name}: it takes no videos`, 'Show it frames.')
    : frames !== undefined && frames.count > imageLimit
      ? teacherFault(
          'BadRequest',
          `${name}: ${frames.count} frames, at most ${imageLimit} are taken`,
          'Sample fewer frames.',
        )
      : undefined

/** The most images one request may hold. */
const imageLimit = 600

/** One request of the Messages API. */
export type ClaudeBody = Anthropic.MessageCreateParamsNonStreaming

/** The body of one request: frames as JPEGs before the text; no sampling parameters and no prefill. */
export const claudeBody =
  ({ model, maxTokens = 2048, effort = 'low', schema, extra }: ClaudeOptions) =>
  ({ prompt }: Question, images: readonly string[]): ClaudeBody => ({
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

/** How Claude is reached: what it is called, where, its client, which tries once, and how keys are taken out of texts. */
export interface ClaudeAccess {
  readonly name: string
  readonly address: string
  /** The client, the same every time; the SDK is loaded with the first question. */
  readonly client: () => Promise<Anthropic>
  readonly hide: (text: string) => string
  /** All that changes its answers but the question, as text. */
  readonly settings: string
}

/** Where the SDK asks when it is not told, by its own rule. */
const defaultAddress = (): string => process.env.ANTHROPIC_BASE_URL?.trim() || 'https://api.anthropic.com'

/** A client for these options. Left: `NoKey`. Throws a `Defect` for options that no request can have. */
export const claudeAccess = (options: ClaudeOptions): E.Either<TeacherFault, ClaudeAccess> => {
  const { model, baseUrl, maxTokens = 2048 } = options
  checkedTokens(model, maxTokens, baseUrl)
  return F.pipe(
    usableKey('Claude', 'ANTHROPIC_API_KEY', options.apiKey ?? process.env.ANTHROPIC_API_KEY),
    E.map(apiKey => {
      const address = baseUrl ?? defaultAddress()
      const client = loadedOnce(async () => {
        const { Anthropic } = await import('@anthropic-ai/sdk')
        return new Anthropic({
          apiKey,
          authToken: null,
          maxRetries: 0,
          // The tries are bounded by the teacher, their answers included; this only has to be no less.
          timeout: 2 ** 31 - 1,
          baseURL: address,
        })
      })
      return {
        name: `claude:${model}`,
        address,
        client,
        hide: scrubber(process.env, [apiKey]).text,
        settings: settingsText({ address, ...claudeBody(options)({ prompt: '' }, []) }),
      }
    }),
  )
}
