import type { Question } from '../types.ts'

/** What Claude 4.7 and later show themselves of an image: the longer side in pixels, and the tokens. */
const [longestSide, mostTokens] = [2576, 4784]
/** Pixels a side that one token covers. */
const patch = 28

/** Tokens of a request before its text and images: roles and marks. */
const frame = 12

/**
 * Tokens of one image for Claude: ⌈width / 28⌉ · ⌈height / 28⌉, larger ones scaled down to 2,576 pixels and 4,784 tokens
 * (Anthropic's vision page, 2026-11). Qwen2.5-VL has about as many.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { imageTokens } from 'kinograd/teacher'
 *
 * assert.equal(imageTokens(448, 252), 16 * 9)
 * assert.equal(imageTokens(8000, 8000), 4784)
 * ```
 */
export const imageTokens = (width: number, height: number): number => {
  const scale = Math.min(1, longestSide / Math.max(width, height))
  return Math.min(mostTokens, Math.ceil((width * scale) / patch) * Math.ceil((height * scale) / patch))
}

/**
 * About how many tokens a text has: a third of its bytes in UTF-8, rounded up. English has fewer with most tokenizers,
 * Chinese about so many; only the provider's own count is exact.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { textTokens } from 'kinograd/teacher'
 *
 * assert.equal(textTokens('How many balls?'), 5)
 * ```
 */
export const textTokens = (text: string): number => Math.ceil(Buffer.byteLength(text) / 3)

/**
 * About how many tokens a question has, its frames as images and its text.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { questionTokens } from 'kinograd/teacher'
 *
 * assert.equal(questionTokens({ prompt: 'How many balls?' }), 17)
 * ```
 */
export const questionTokens = ({ prompt, frames }: Question): number =>
  frame + textTokens(prompt) + (frames === undefined ? 0 : frames.count * imageTokens(frames.width, frames.height))
