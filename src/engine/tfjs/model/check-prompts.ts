import { either as E } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault, Prompt, TrainGroup } from '../../engine.ts'
import type { Qwen25VLConfig } from './config.ts'
import { checkMedia } from './positions.ts'

interface Limits {
  readonly config: Qwen25VLConfig
  /** Longest prompt plus completion, tokens. */
  readonly maxTokens: number
}

const bad = (cause: string, remedy: string): E.Either<EngineFault, never> => E.left(fault('BadPrompt', cause, remedy))

const checkIds = (what: string, ids: Int32Array, { text }: Qwen25VLConfig): E.Either<EngineFault, void> => {
  const stranger = ids.find(id => id < 0 || id >= text.vocabSize)
  return stranger === undefined
    ? E.right(undefined)
    : bad(
        `${what} holds token ${stranger}, the vocabulary has ${text.vocabSize}`,
        "Use the tokenizer that belongs to this model's checkpoint.",
      )
}

const checkPatches = (what: string, { media }: Prompt, { vision }: Qwen25VLConfig): E.Either<EngineFault, void> => {
  const width = vision.inChannels * vision.temporalPatchSize * vision.patchSize ** 2
  for (const [m, { values, grid }] of media.entries()) {
    const needed = grid[0] * grid[1] * grid[2] * width
    if (values.length !== needed)
      return bad(
        `${what}: medium ${m} has ${values.length} numbers, its grid ${grid.join('×')} needs ${needed}`,
        'Cut the patches with the patch size of this model.',
      )
  }
  return E.right(undefined)
}

const checkPrompt = (
  n: number,
  prompt: Prompt,
  extra: number,
  { config, maxTokens }: Limits,
): E.Either<EngineFault, void> => {
  const what = `prompt ${n}`
  const length = prompt.ids.length
  if (length === 0) return bad(`${what} has 0 tokens`, 'A completion needs at least one token to follow.')
  const media = checkMedia(prompt, config)
  if (E.isLeft(media)) return media
  const values = checkPatches(what, prompt, config)
  if (E.isLeft(values)) return values
  if (length + extra > maxTokens)
    return E.left(
      fault(
        'TooLong',
        `${what} and its completion take ${length + extra} tokens, the limit is ${maxTokens}`,
        'Use fewer frames or pixels, or raise maxTokens.',
      ),
    )
  return checkIds(what, prompt.ids, config)
}

/** Whether the engine can read these prompts and continue each by `extra` tokens. */
export const checkPrompts = (
  limits: Limits,
  prompts: readonly Prompt[],
  extra: number,
): E.Either<EngineFault, void> => {
  for (const [n, prompt] of prompts.entries()) {
    const checked = checkPrompt(n, prompt, extra, limits)
    if (E.isLeft(checked)) return checked
  }
  return E.right(undefined)
}

/** Tokens of all completions. */
export const completionTokens = (groups: readonly TrainGroup[]): number =>
  groups.reduce((sum, { completions }) => completions.reduce((n, { length }) => n + length, sum), 0)

/** Whether there is anything to take a gradient of. */
export const checkTokens = (groups: readonly TrainGroup[]): E.Either<EngineFault, void> =>
  completionTokens(groups) === 0
    ? bad(`${groups.length} groups hold 0 completion tokens`, 'Leave out batches in which nothing was sampled.')
    : E.right(undefined)

/** Whether the engine can read these prompts with their completions. */
export const checkGroups = (limits: Limits, groups: readonly TrainGroup[]): E.Either<EngineFault, void> => {
  for (const [n, { prompt, completions }] of groups.entries()) {
    const checked = checkPrompt(n, prompt, Math.max(0, ...completions.map(c => c.length)), limits)
    if (E.isLeft(checked)) return checked
    for (const [g, ids] of completions.entries()) {
      const known = checkIds(`completion ${g} of prompt ${n}`, ids, limits.config)
      if (E.isLeft(known)) return known
    }
  }
  return E.right(undefined)
}
