import { either as E, function as F, readonlyArray as RA } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import type { Prompt } from '../engine.ts'
import { checkKind } from './check-medium.ts'
import type { Medium, VisionOptions } from './medium.ts'
import { mediumPatches, type PromptFault } from './medium-patches.ts'
import { type Part, promptOf } from './prompt.ts'
import type { Tokenizer } from './tokenizer.ts'

/** A part of a turn: text, a picture or clip as decoded, or patches that were cut before. */
export type ChatPart = Part | Medium

/** One turn of a conversation with media as decoded. */
export interface ChatTurn {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string | readonly ChatPart[]
}

/** What a policy's prompts are made with. */
export interface ChatPromptOptions extends VisionOptions {
  readonly tokenizer: Tokenizer
  /** Ends the prompt where the assistant begins to speak; true when not given. */
  readonly generate?: boolean
  /** What a special token written out in a text does: `refuse` (when not given), or `encode` (`PromptOptions`). */
  readonly specialTokens?: 'refuse' | 'encode'
  /** Longest prompt, tokens, media included; the engine's own limit counts for a whole batch. No limit when not given. */
  readonly maxTokens?: number
}

const noMedium = fault(
  'BadPrompt',
  'the prompt has no clip and no image',
  'Add a medium to what is asked, or use promptOf for text alone.',
)

const noTurn = (m: number, content: unknown) =>
  fault(
    'BadPrompt',
    `message ${m}: its content is ${content === null ? 'null' : typeof content}, neither text nor a list of parts`,
    'Give text, or a list of texts and media in order. Does the question read a field that the record lacks?',
  )

/**
 * Gives a function from a conversation with pictures and clips as decoded to the prompt that the policy reads: each medium resized,
 * cut into patches and expanded to its pads, in order, as the processor of Qwen2.5-VL in transformers does it
 * (processing_qwen2_5_vl.py). For several media in one prompt, earlier turns, or media that are not those of an item; `qwenPrompt` is
 * the short form for a question about an item's clip.
 *
 * Holds the patches of all media. `Left`: no medium at all, a special token inside a text, a medium that cannot be read, more tokens
 * than `maxTokens`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { qwenChatPrompt } from 'kinograd/engine'
 * import { tinyPolicy } from 'kinograd/engine/tfjs'
 *
 * const { engine, tokenizer, pixels } = tinyPolicy()
 * const make = qwenChatPrompt({ tokenizer, pixels })
 *
 * // `readImage` gives pictures, `sample` the frames of a clip; these are black.
 * const black = (count: number) => ({
 *   ...{ data: new Uint8Array(count * 56 * 56 * 3), count, height: 56, width: 56 },
 *   times: Array.from({ length: count }, (_, i) => i / 2),
 * })
 * const prompt = make([
 *   { role: 'user', content: ['Is this ', { kind: 'image', frames: black(1) }, ' in ', { kind: 'video', frames: black(4) }, '?'] },
 * ])
 * assert(E.isRight(prompt))
 * assert.deepEqual(prompt.right.media.map(({ kind, grid }) => [kind, ...grid]), [['image', 1, 4, 4], ['video', 2, 4, 4]])
 * engine.dispose()
 * ```
 */
export const qwenChatPrompt = (
  options: ChatPromptOptions,
): ((turns: readonly ChatTurn[]) => E.Either<PromptFault, Prompt>) => {
  const { tokenizer, generate = true, specialTokens = 'refuse', maxTokens = Number.POSITIVE_INFINITY, vision } = options
  const cut = mediumPatches(options)
  const partOf = (part: ChatPart): E.Either<PromptFault, Part> =>
    typeof part === 'string'
      ? E.right(part)
      : E.flatMap((): E.Either<PromptFault, Part> => ('values' in part ? E.right(part) : cut(part)))(checkKind(part))
  const partsOf = (m: number, { content }: ChatTurn): E.Either<PromptFault, readonly Part[]> => {
    if (typeof content === 'string') return E.right([content])
    return Array.isArray(content)
      ? F.pipe(
          content,
          RA.traverseWithIndex(E.Applicative)((p, part: ChatPart) =>
            E.mapLeft((why: PromptFault) => ({ ...why, cause: `message ${m}, part ${p}: ${why.cause}` }))(partOf(part)),
          ),
        )
      : E.left(noTurn(m, content))
  }
  const short = (prompt: Prompt): E.Either<PromptFault, Prompt> =>
    prompt.ids.length <= maxTokens
      ? E.right(prompt)
      : E.left(
          fault(
            'TooLong',
            `the prompt has ${prompt.ids.length} tokens, the limit is ${maxTokens}`,
            'Take fewer frames, or set smaller pixels.',
          ),
        )
  return turns =>
    F.pipe(
      turns,
      RA.traverseWithIndex(E.Applicative)((m, turn) =>
        E.map((content: readonly Part[]) => ({ role: turn.role, content }))(partsOf(m, turn)),
      ),
      E.flatMap(messages =>
        messages.some(({ content }) => content.some(part => typeof part !== 'string'))
          ? promptOf(tokenizer, messages, { generate, specialTokens, mergeSize: vision?.mergeSize ?? 2 })
          : E.left(noMedium),
      ),
      E.flatMap(short),
    )
}
