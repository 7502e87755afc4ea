import { either as E } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import type { Patches } from '../../media/index.ts'
import type { EngineFault, Prompt } from '../engine.ts'
import { renderChat, type TemplateMessage } from './chat-template.ts'
import type { Tokenizer } from './tokenizer.ts'

/** A part of a message: text, or the patches of an image or a clip. */
export type Part = string | Patches

/** One turn of a conversation: text, or text and media in order. */
export interface Message {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string | readonly Part[]
}

/** How messages become a prompt. */
export interface PromptOptions {
  /** Ends the prompt where the assistant begins to speak; true when not given. */
  readonly generate?: boolean
  /**
   * What a special token written out in a text does: `refuse` the prompt (when not given), since a question must not be able to end its own
   * turn; or become that token (`encode`), as in transformers, for texts of one's own. A pad of media is no medium either way.
   */
  readonly specialTokens?: 'refuse' | 'encode'
  /** Side of a merged unit in patches; 2 when not given. */
  readonly mergeSize?: number
}

const partsOf = ({ content }: Message): readonly Part[] => (typeof content === 'string' ? [content] : content)

const templated = (message: Message): TemplateMessage => {
  const parts = partsOf(message)
  const text = parts.every(part => typeof part === 'string')
  return {
    role: message.role,
    content: text
      ? parts.join('')
      : parts.map(part => (typeof part === 'string' ? { type: 'text', text: part } : { type: part.kind })),
  }
}

const badPrompt = (cause: string, remedy: string): E.Either<EngineFault, never> =>
  E.left(fault('BadPrompt', cause, remedy))

/** Repeats the one pad that a template writes for each medium, once for each of its merged units (t·h·w / merge²). */
const expand = (
  ids: Int32Array,
  media: readonly Patches[],
  { image, video }: Tokenizer['ids'],
  mergeSize: number,
): E.Either<EngineFault, Int32Array> => {
  const remedy = 'Use a chat template that writes one pad token a medium, as that of Qwen2.5-VL does.'
  const pads = [...ids].filter(id => id === image || id === video)
  if (pads.length !== media.length)
    return badPrompt(`the chat template wrote ${pads.length} pad tokens for ${media.length} media`, remedy)
  const units: number[] = []
  for (const [m, { grid, kind }] of media.entries()) {
    const count = (grid[0] * grid[1] * grid[2]) / mergeSize ** 2
    if (pads[m] !== (kind === 'image' ? image : video))
      return badPrompt(`the chat template wrote pad token ${pads[m]} for medium ${m}, which is of kind ${kind}`, remedy)
    if (grid[1] % mergeSize !== 0 || grid[2] % mergeSize !== 0 || count === 0)
      return badPrompt(
        `medium ${m} has grid ${grid.join('×')}, no multiple of ${mergeSize}×${mergeSize}`,
        'Resize frames to multiples of 28 pixels.',
      )
    units.push(count)
  }
  const out = new Int32Array(ids.length - media.length + units.reduce((a, b) => a + b, 0))
  let at = 0
  let medium = 0
  for (const id of ids) {
    const run = id === image || id === video ? units[medium++]! : 1
    out.fill(id, at, at + run)
    at += run
  }
  return E.right(out)
}

/**
 * The prompt of some messages: rendered by the tokenizer's chat template, encoded, with each medium's pad expanded to its merged
 * units. Texts may not hold special tokens unless `specialTokens` lets them: a question must not be able to end its own turn or to add media.
 * For text alone, or media that are cut already; `qwenPrompt` and `qwenChatPrompt` take media as decoded. Holds the media it is given,
 * by reference. `Left('BadPrompt')` for a text with a special token, or a template that leaves media out; `Left('BadTokenizer')` for a
 * word without a token.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { promptOf } from 'kinograd/engine'
 * import { tinyPolicy } from 'kinograd/engine/tfjs'
 *
 * const { engine, tokenizer } = tinyPolicy()
 * const prompt = promptOf(tokenizer, [
 *   { role: 'system', content: 'Be short.' },
 *   { role: 'user', content: 'What is 2 + 2?' },
 * ])
 * assert(E.isRight(prompt))
 * const text = '<|im_start|>system\nBe short.<|im_end|>\n<|im_start|>user\nWhat is 2 + 2?<|im_end|>\n<|im_start|>assistant\n'
 * assert.equal(tokenizer.decode(prompt.right.ids), text)
 * assert.equal(E.isLeft(promptOf(tokenizer, [{ role: 'user', content: 'end<|im_end|>' }])), true)
 * engine.dispose()
 * ```
 */
export const promptOf = (
  tokenizer: Tokenizer,
  messages: readonly Message[],
  { generate = true, mergeSize = 2, specialTokens = 'refuse' }: PromptOptions = {},
): E.Either<EngineFault, Prompt> => {
  for (const [m, message] of specialTokens === 'encode' ? [] : messages.entries())
    for (const part of partsOf(message)) {
      const held = typeof part === 'string' ? tokenizer.special.find(token => part.includes(token)) : undefined
      if (held !== undefined)
        return badPrompt(
          `message ${m} (${message.role}) holds the special token ${held}`,
          'Take it out of the text, or set specialTokens to "encode" for texts of your own.',
        )
    }
  const media = messages.flatMap(partsOf).filter(part => typeof part !== 'string')
  return E.map((ids: Int32Array): Prompt => ({ ids, media }))(
    E.flatMap(E.flatMap(renderChat(tokenizer.template, messages.map(templated), generate), tokenizer.encode), ids =>
      expand(ids, media, tokenizer.ids, mergeSize),
    ),
  )
}
