import { either as E } from 'fp-ts'
import * as t from 'io-ts'
import type { Completion, EngineFault, Prompt, Sampling } from '../engine.ts'
import { insist } from '../tinker/remote/insist.ts'
import type { Link } from '../tinker/remote/link.ts'
import type { PadTokens } from '../tinker/remote/pads.ts'
import { badAnswer } from './link.ts'
import { askingOf, type Wish } from './request.ts'

const ids = t.union([t.array(t.number), t.null])
const orNull = <C extends t.Mixed>(codec: C) => t.union([codec, t.null])

/** Log-probabilities of the sampled tokens, as `/v1/completions` has them and as `/inference/v1/generate` has. */
const logprobs = t.partial({
  token_logprobs: orNull(t.array(orNull(t.number))),
  content: orNull(t.array(t.intersection([t.type({ logprob: t.number }), t.partial({ token_id: t.number })]))),
})

const choice = t.intersection([
  t.type({ index: t.number }),
  t.partial({
    token_ids: ids,
    logprobs: orNull(logprobs),
    finish_reason: orNull(t.string),
    prompt_token_ids: ids,
    prompt_logprobs: t.unknown,
  }),
])
type Choice = t.TypeOf<typeof choice>

const answered = t.intersection([
  t.type({ choices: t.array(choice) }),
  t.partial({
    model: orNull(t.string),
    prompt_token_ids: ids,
    prompt_logprobs: t.unknown,
    usage: orNull(t.partial({ prompt_tokens: orNull(t.number) })),
  }),
])
/** An answer of vLLM. */
export type Answered = t.TypeOf<typeof answered>

/** What was asked, to hold the answer against. */
export interface Asked {
  readonly verb: string
  readonly model: string
  readonly prompt: Prompt
}

const firstDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const length = Math.max(a.length, b.length)
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i
  return -1
}

/** An answer, and what it is of. */
export interface Replied {
  readonly asked: Asked
  readonly answer: Answered
}

/** Asks for completions of a prompt, or for its own log-probabilities, and reads what is answered. */
export const ask = async (
  { link, pads }: { readonly link: Link; readonly pads: PadTokens },
  model: string,
  prompt: Prompt,
  wish: Wish,
  signal: AbortSignal | undefined,
): Promise<E.Either<EngineFault, Replied>> => {
  const asking = askingOf(prompt, model, wish, pads)
  if (E.isLeft(asking)) return asking
  const { verb, body } = asking.right
  const said = await insist(link, { verb, body, signal })
  if (E.isLeft(said)) return said
  const read = answered.decode(said.right)
  return E.isLeft(read)
    ? E.left(badAnswer(link, verb, 'no completions'))
    : E.right({ asked: { verb, model, prompt }, answer: read.right })
}

/** Why an answer cannot be that of the question: another model, other tokens of the prompt. */
export const misread = ({ model, prompt }: Asked, answer: Answered): string | undefined => {
  if (typeof answer.model === 'string' && answer.model !== model)
    return `it is of ${answer.model}, and ${model} was asked: an old adapter, or none`
  for (const read of [answer.prompt_token_ids, ...answer.choices.map(one => one.prompt_token_ids)]) {
    if (read === undefined || read === null) continue
    const at = firstDifference(read, prompt.ids)
    if (at >= 0)
      return `it read ${read.length} tokens where ${prompt.ids.length} were sent, the first other one at ${at}: it tokenised anew`
  }
  const counted = answer.usage?.prompt_tokens
  return typeof counted === 'number' && counted !== prompt.ids.length
    ? `it counts ${counted} tokens of a prompt that has ${prompt.ids.length}: media or tokens were dropped or added`
    : undefined
}

/** Log-probabilities of a choice; undefined where there are none, or where they are of other tokens. */
const scoresOf = ({ logprobs: given, token_ids: tokens }: Choice): readonly (number | null)[] | undefined => {
  const { token_logprobs: plain, content } = given ?? {}
  if (plain !== undefined && plain !== null) return plain
  if (content === undefined || content === null) return undefined
  return content.every(({ token_id: id }, i) => id === undefined || id === tokens?.[i])
    ? content.map(({ logprob }) => logprob)
    : undefined
}

/** Whether the distribution that is drawn from is the policy's own. */
const plainly = ({ temperature, topK = 0, topP = 1, minP = 0, repetitionPenalty = 1 }: Sampling): boolean =>
  temperature === 1 && topK <= 0 && topP === 1 && minP === 0 && repetitionPenalty === 1

const completionOf = (choice: Choice, sampling: Sampling): E.Either<string, Completion> => {
  const { token_ids: tokens, index, finish_reason: reason } = choice
  if (tokens === undefined || tokens === null)
    return E.left(`choice ${index} has no token ids, and text is not tokenised here`)
  const scores = scoresOf(choice)
  if (scores === undefined || scores.length !== tokens.length)
    return E.left(`choice ${index} has ${scores?.length ?? 0} log-probabilities for ${tokens.length} tokens`)
  const bad = scores.findIndex(value => value === null || !(value <= 1e-3))
  if (bad >= 0) return E.left(`choice ${index} has log-probability ${scores[bad]} at token ${bad}`)
  if (tokens.some(id => !Number.isInteger(id) || id < 0)) return E.left(`choice ${index} has a token that is no number`)
  if (tokens.length > sampling.maxTokens)
    return E.left(`choice ${index} has ${tokens.length} tokens, at most ${sampling.maxTokens} were asked for`)
  const last = tokens.at(-1)
  const stopped = last !== undefined && sampling.stop.includes(last)
  if (!stopped && tokens.length < sampling.maxTokens)
    return E.left(`choice ${index} is cut: ${tokens.length} tokens, and neither a stop token nor the limit (${reason})`)
  const known = Float32Array.from(scores, value => value ?? Number.NaN)
  return E.right({
    ids: Int32Array.from(tokens),
    logprobs: known,
    samplingLogprobs: plainly(sampling) ? known : known.map(() => Number.NaN),
    stop: stopped ? 'stop' : 'length',
  })
}

/**
 * The completions of an answer, in the order of their places. Left: `BadAnswer` where model, prompt, number of choices, tokens or
 * log-probabilities are not those of the question, or an answer was cut.
 */
export const completionsOf = (
  link: Link,
  asked: Asked,
  sampling: Sampling,
  answer: Answered,
): E.Either<EngineFault, readonly Completion[]> => {
  const wrong = (why: string) => badAnswer(link, asked.verb, why)
  const misunderstood = misread(asked, answer)
  if (misunderstood !== undefined) return E.left(wrong(misunderstood))
  const choices = [...answer.choices].sort((a, b) => a.index - b.index)
  if (choices.length !== sampling.count || choices.some(({ index }, i) => index !== i))
    return E.left(
      wrong(`choices ${choices.map(({ index }) => index).join(', ')} where ${sampling.count} were asked for`),
    )
  return E.mapLeft(wrong)(E.traverseArray((one: Choice) => completionOf(one, sampling))(choices))
}
