import { orThrow } from 'kinograd/flow'
import { type ClaudeOptions, claude, openAiCompatible, type Teacher } from 'kinograd/teacher'

export const key = 'sk-ant-very-secret-key-0123456789'

/** One way to reach a model, and what its server says. */
export interface Api {
  readonly name: string
  readonly path: string
  readonly make: (url: string, more?: Partial<Omit<ClaudeOptions, 'model' | 'effort'>>) => Teacher
  /** An answer that stopped for a reason. */
  readonly answer: (text: string, stop?: string | null) => unknown
  readonly whole: string
  /** Answers that are not whole, by why they stopped. */
  readonly unfinished: readonly (string | null)[]
  /** Replies of an account without money. */
  readonly broke: readonly { readonly status: number; readonly body: unknown }[]
}

const anthropicError = (type: string, message: string, error_code?: string) => ({
  type: 'error',
  error: { type, message, ...(error_code === undefined ? {} : { details: { error_code } }) },
})
const openAiError = (code: string | null, type: string | null, message = 'spent') => ({
  error: { message, type, code },
})

export const apis: readonly Api[] = [
  {
    name: 'claude',
    path: '/v1/messages',
    make: (baseUrl, more = {}) => orThrow(claude({ model: 'm', apiKey: key, baseUrl, maxRetries: 1, ...more })),
    answer: (text, stop = 'end_turn') => ({
      id: 'msg',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [{ type: 'text', text }],
      stop_reason: stop,
      usage: { input_tokens: 11, output_tokens: 7 },
    }),
    whole: 'end_turn',
    unfinished: ['max_tokens', 'model_context_window_exceeded', 'pause_turn', 'tool_use', 'of tomorrow', null],
    broke: [
      { status: 429, body: anthropicError('rate_limit_error', 'spent', 'enforced_spend_limit_reached') },
      { status: 403, body: anthropicError('permission_error', 'spent', 'contract_spend_limit_reached') },
      { status: 402, body: anthropicError('billing_error', 'spent') },
      { status: 403, body: anthropicError('permission_error', 'no', 'linked_organization_billing_unavailable') },
      {
        status: 400,
        body: anthropicError('invalid_request_error', 'Your credit balance is too low to access the API.'),
      },
      {
        status: 400,
        body: anthropicError('invalid_request_error', 'You have reached your specified API usage limits.'),
      },
    ],
  },
  {
    name: 'openAiCompatible',
    path: '/v1/chat/completions',
    make: (url, more = {}) =>
      openAiCompatible({ baseUrl: `${url}/v1`, model: 'm', maxRetries: 1, ...more, apiKey: more.apiKey ?? key }),
    answer: (content, stop = 'stop') => ({
      choices: [{ index: 0, finish_reason: stop, message: { role: 'assistant', content } }],
      usage: { prompt_tokens: 11, completion_tokens: 7 },
    }),
    whole: 'stop',
    unfinished: ['length', 'abort', 'error', 'tool_calls', 'of tomorrow', null],
    broke: [
      { status: 429, body: openAiError('insufficient_quota', 'insufficient_quota') },
      { status: 429, body: openAiError('credit_balance_exhausted', 'insufficient_quota') },
      { status: 429, body: openAiError('project_spend_limit_exceeded', 'insufficient_quota') },
      { status: 400, body: openAiError('billing_hard_limit_reached', 'invalid_request_error') },
      { status: 429, body: openAiError('billing_not_active', 'billing_not_active') },
      { status: 402, body: openAiError(null, null, 'Insufficient Balance') },
      { status: 429, body: openAiError(null, 'insufficient_quota', 'You exceeded your current quota') },
    ],
  },
]
