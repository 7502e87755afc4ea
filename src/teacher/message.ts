import { either as E } from 'fp-ts'
import * as t from 'io-ts'
import { teacherFault } from './fault.ts'
import type { Answer, TeacherFault, Usage } from './types.ts'

const tokens = t.union([t.number, t.null, t.undefined])
const message = t.type({
  stop_reason: t.union([t.string, t.null]),
  content: t.array(t.intersection([t.type({ type: t.string }), t.partial({ text: t.string })])),
  usage: t.intersection([
    t.type({ input_tokens: t.number, output_tokens: t.number }),
    t.partial({ cache_read_input_tokens: tokens, cache_creation_input_tokens: tokens }),
  ]),
})
const refusal = t.type({ stop_details: t.type({ category: t.string }) })

/** The reasons after which an answer is whole; all others, and those that are not known, leave it unfinished. */
const whole: ReadonlySet<string | null> = new Set(['end_turn', 'stop_sequence'])

const counted = (name: 'cacheReadTokens' | 'cacheWriteTokens', count: number | null | undefined): Partial<Usage> =>
  count === undefined || count === null || count === 0 ? {} : { [name]: count }

/** Reads an answer of the Messages API. A refusal and an unfinished answer are faults that carry what they cost. */
export const readMessage = (name: string, body: unknown, maxTokens: number): E.Either<TeacherFault, Answer> => {
  const decoded = message.decode(body)
  if (E.isLeft(decoded))
    return E.left(
      teacherFault('Unreadable', `${name}: the answer is not a message`, 'Check the address of the server.'),
    )
  const { stop_reason: stop, content, usage: billed } = decoded.right
  const usage: Usage = {
    inputTokens: billed.input_tokens,
    outputTokens: billed.output_tokens,
    ...counted('cacheReadTokens', billed.cache_read_input_tokens),
    ...counted('cacheWriteTokens', billed.cache_creation_input_tokens),
  }
  if (stop === 'refusal') {
    const why = refusal.decode(body)
    const category = E.isRight(why) ? ` (${why.right.stop_details.category})` : ''
    const remedy = 'Ask another model, or ask for evidence instead of thoughts.'
    return E.left(teacherFault('Refused', `${name} declined to answer${category}`, remedy, usage))
  }
  if (stop === 'max_tokens' || stop === 'model_context_window_exceeded') {
    const cause = `${name} stopped (${stop}) after ${usage.outputTokens} of ${maxTokens} tokens`
    return E.left(teacherFault('Truncated', cause, 'Raise maxTokens.', usage))
  }
  if (!whole.has(stop)) {
    const cause = `${name} stopped before its answer was done (${stop ?? 'no stop reason'})`
    return E.left(teacherFault('Truncated', cause, 'Ask again, without tools.', usage))
  }
  const text = content.flatMap(block => (block.type === 'text' ? [block.text ?? ''] : [])).join('')
  return text.trim() === ''
    ? E.left(teacherFault('Unreadable', `${name} answered without text (${stop})`, 'Ask again.', usage))
    : E.right({ text, usage })
}
