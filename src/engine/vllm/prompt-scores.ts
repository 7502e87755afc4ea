import { either as E } from 'fp-ts'
import type { EngineFault, Prompt } from '../engine.ts'
import type { Link } from '../tinker/remote/link.ts'
import type { PadTokens } from '../tinker/remote/pads.ts'
import { type Answered, ask, misread } from './answer.ts'
import { badAnswer } from './link.ts'

/** A log-probability of a map from token ids to theirs, as `prompt_logprobs` has one for each token. */
const scoreIn = (entry: unknown, id: number): number => {
  if (typeof entry !== 'object' || entry === null || !Object.hasOwn(entry, String(id))) return Number.NaN
  const found: unknown = Object.entries(entry).find(([key]) => key === String(id))?.[1]
  const score = typeof found === 'object' && found !== null && 'logprob' in found ? found.logprob : found
  return typeof score === 'number' ? score : Number.NaN
}

const listIn = ({ prompt_logprobs: whole, choices }: Answered): readonly unknown[] => {
  const found = whole ?? choices[0]?.prompt_logprobs
  return Array.isArray(found) ? found : []
}

const one = { count: 1, maxTokens: 1, temperature: 1, stop: [], seed: 1, promptLogprobs: true } as const

/** Log-probabilities of a prompt's own tokens, one for each but the first, and how many entries the server gave. */
export const promptScores = async (
  link: Link,
  { model, pads }: { readonly model: string; readonly pads: PadTokens },
  prompt: Prompt,
  signal?: AbortSignal,
): Promise<E.Either<EngineFault, { readonly entries: number; readonly scores: readonly number[] }>> => {
  const replied = await ask({ link, pads }, model, prompt, one, signal)
  if (E.isLeft(replied)) return replied
  const { asked, answer } = replied.right
  const wrong = misread(asked, answer)
  if (wrong !== undefined) return E.left(badAnswer(link, asked.verb, wrong))
  const entries = listIn(answer)
  return E.right({
    entries: entries.length,
    scores: entries.slice(1).map((entry, i) => scoreIn(entry, prompt.ids[i + 1] ?? -1)),
  })
}
