import { either as E } from 'fp-ts'
import type { Prompt, TrainGroup } from '../../engine.ts'
import type { Datum } from '../wire/datum.ts'
import type { ReadChunks } from './prompts.ts'
import { type Refusal, refuse } from './refusal.ts'

/** A datum taken apart: what is read, and what is predicted after it. */
export interface Placed {
  readonly prompt: Prompt
  readonly completion: Int32Array
  /** Predicted tokens before the completion: their numbers do not count, and their log-probabilities are 0. */
  readonly before: number
  readonly inputs: Datum['inputs']
}

const weightless = (values: readonly number[] | undefined, before: number): boolean =>
  values === undefined || values.slice(0, before).every(value => value === 0)

/**
 * Places a datum: `model_input` is a sequence without its last token, `target_tokens` the same without its first. The prompt is what the
 * client says it is (`prompt_tokens`), else as little as can be: up to the last medium, or the first token. Left: targets that are not
 * the next tokens, arrays of other lengths, weights before the last medium.
 */
export const placed = (input: ReadChunks, { inputs, promptTokens }: Datum): E.Either<Refusal, Placed> => {
  const { length } = input.ids
  const targets = inputs.target_tokens
  if (targets === undefined) return refuse(400, 'loss_fn_inputs has no target_tokens')
  for (const [name, values] of Object.entries(inputs))
    if (values.length !== length)
      return refuse(400, `${name} has ${values.length} numbers, model_input has ${length} tokens`)
  const least = Math.max(1, input.mediaEnd)
  const size = promptTokens ?? least
  if (size < least || size > length)
    return refuse(400, `prompt_tokens is ${size}, it must be from ${least} to ${length}`)
  const before = size - 1
  if (!(weightless(inputs.weights, before) || (promptTokens === undefined && input.media.length === 0)))
    return refuse(400, `weights before token ${before} are not 0, and nothing is learned there`)
  const completion = Int32Array.from([...input.ids.subarray(size), targets[length - 1]!])
  const wrong = completion.findIndex((id, i) => id !== targets[before + i])
  if (wrong >= 0)
    return refuse(
      400,
      `target ${before + wrong} is token ${targets[before + wrong]}, the next token is ${completion[wrong]}`,
    )
  return E.right({ prompt: { ids: input.ids.slice(0, size), media: input.media }, completion, before, inputs })
}

const samePrompt = (a: Prompt, b: Prompt): boolean =>
  a.ids.length === b.ids.length &&
  a.media.length === b.media.length &&
  a.media.every((medium, m) => medium === b.media[m]) &&
  a.ids.every((id, i) => id === b.ids[i])

/** Groups of data with one prompt each, which is then computed once; the order stays. */
export const grouped = (data: readonly Placed[]): readonly TrainGroup[] => {
  const groups: { readonly prompt: Prompt; readonly completions: Int32Array[] }[] = []
  for (const { prompt, completion } of data) {
    const last = groups.at(-1)
    if (last !== undefined && samePrompt(last.prompt, prompt)) last.completions.push(completion)
    else groups.push({ prompt, completions: [completion] })
  }
  return groups
}
