import { either as E } from 'fp-ts'
import * as t from 'io-ts'
import { teacherFault } from './fault.ts'
import { withoutHabit } from './reasoning.ts'
import type { Answer, TeacherFault, Usage } from './types.ts'

const maybe = <A extends t.Mixed>(codec: A) => t.union([codec, t.null, t.undefined])
const part = t.intersection([t.type({ type: t.string }), t.partial({ text: t.string })])
const completion = t.type({
  choices: t.array(
    t.type({
      finish_reason: maybe(t.string),
      message: t.partial({
        content: maybe(t.union([t.string, t.array(part)])),
        refusal: maybe(t.string),
        reasoning_content: maybe(t.string),
        reasoning: maybe(t.string),
      }),
    }),
  ),
})
const billed = t.type({
  usage: t.intersection([
    t.type({ prompt_tokens: t.number }),
    t.partial({
      completion_tokens: maybe(t.number),
      prompt_tokens_details: maybe(t.partial({ cached_tokens: maybe(t.number) })),
    }),
  ]),
})
const failure = t.type({ error: t.type({ message: t.string }) })

/** What servers call an answer that is whole: OpenAI, vLLM, SGLang and llama.cpp say `stop`, TGI the others. */
const whole: ReadonlySet<string> = new Set(['stop', 'eos', 'eos_token', 'stop_sequence', 'end_turn'])

const usageOf = (body: unknown): Usage => {
  const decoded = billed.decode(body)
  if (E.isLeft(decoded)) return { inputTokens: 0, outputTokens: 0, untold: true }
  const { prompt_tokens: prompt, completion_tokens: outputTokens, prompt_tokens_details: details } = decoded.right.usage
  const cached = details?.cached_tokens ?? 0
  return {
    inputTokens: prompt - cached,
    outputTokens: outputTokens ?? 0,
    ...(cached === 0 ? {} : { cacheReadTokens: cached }),
  }
}

/**
 * Reads an answer of the chat completions API, its text whole or in parts. Refusals, unfinished answers and those without
 * text are faults that carry what they cost.
 */
export const readCompletion = (name: string, body: unknown, maxTokens: number): E.Either<TeacherFault, Answer> => {
  const decoded = completion.decode(body)
  const choice = E.isRight(decoded) ? decoded.right.choices[0] : undefined
  if (choice === undefined) {
    const told = failure.decode(body)
    const cause = E.isRight(told)
      ? `says ${told.right.error.message.slice(0, 300)}`
      : 'the answer is not a chat completion'
    return E.left(teacherFault('Unreadable', `${name}: ${cause}`, 'Check the address.'))
  }
  const { finish_reason: stop, message } = choice
  const usage = usageOf(body)
  if (stop === 'content_filter' || (message.refusal ?? '') !== '')
    return E.left(teacherFault('Refused', `${name} declined to answer`, 'Ask another model.', usage))
  if (stop === 'length')
    return E.left(teacherFault('Truncated', `${name} stopped after ${maxTokens} tokens`, 'Raise maxTokens.', usage))
  if (!whole.has(stop ?? '')) {
    const cause = `${name} stopped before its answer was done (${stop ?? 'no reason'})`
    return E.left(teacherFault('Truncated', cause, 'Ask again, without tools.', usage))
  }
  const { content } = message
  const said = typeof content === 'string' ? content : (content ?? []).map(({ text = '' }) => text).join('')
  const { text, reasoning } = withoutHabit(said)
  const thoughts = [message.reasoning_content ?? message.reasoning ?? '', reasoning].filter(Boolean).join('\n')
  return text.trim() === ''
    ? E.left(teacherFault('Unreadable', `${name} answered without text (${stop})`, 'Ask again.', usage))
    : E.right({ text, usage, ...(thoughts === '' ? {} : { reasoning: thoughts }) })
}
