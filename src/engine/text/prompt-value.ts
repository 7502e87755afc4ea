import { createHash } from 'node:crypto'
import { either as E } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import type { EngineFault, Prompt } from '../engine.ts'
import type { Qwen25VLConfig } from '../tfjs/model/config.ts'
import type { MropeLayout } from '../tfjs/model/mrope-layout.ts'
import { checkMedia, ropeIndex } from '../tfjs/model/positions.ts'
import { bytesOf, mediaHash } from './media-hash.ts'

/** What of a model the positions of a prompt depend on; `config` of a loaded policy is such. */
export interface PromptModel {
  readonly tokens: Pick<Qwen25VLConfig['tokens'], 'image' | 'video'>
  readonly vision: Pick<Qwen25VLConfig['vision'], 'mergeSize' | 'tokensPerSecond'>
  readonly layout: MropeLayout
}

/** A prompt that was checked once: whoever samples, trains or scores reads the same tokens, patches and positions, or refuses it. */
export interface PromptValue extends Prompt {
  /** [3, L]: time, height, width of every token. */
  readonly positions: Int32Array
  /** SHA-256 of ids, positions and media, in hexadecimal digits. */
  readonly hash: string
}

/** The hash of a prompt's parts. */
const promptHash = ({ ids, media, positions }: Omit<PromptValue, 'hash'>): string => {
  const hash = createHash('sha256').update(`kinograd prompt 1 ${ids.length} ${media.length}\n`)
  hash.update(bytesOf(ids)).update(bytesOf(positions))
  for (const medium of media) hash.update(mediaHash(medium))
  return hash.digest('hex')
}

/**
 * Checks a prompt against a model and seals it: pads and media fit, positions are those of the model's layout, and the hash stands for
 * all of it. For prompts that leave the process: two ends that compute the same hash see the same clip. Holds the prompt by reference,
 * and three numbers a token. `Left('BadPrompt')` where media and pads do not fit.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { promptFromBytes, promptToBytes, promptValue } from 'kinograd/engine'
 *
 * const seal = promptValue({ tokens: { image: 62, video: 63 }, vision: { mergeSize: 2, tokensPerSecond: 2 }, layout: 'qwen' })
 * const clip = { grid: [1, 2, 2], secondsPerGrid: 1, kind: 'video', values: new Float32Array(4 * 1176) } as const
 * const sealed = seal({ ids: Int32Array.of(5, 63, 7), media: [clip] })
 * assert(E.isRight(sealed))
 * assert.deepEqual([...sealed.right.positions], [0, 1, 2, 0, 1, 2, 0, 1, 2])
 *
 * const bytes = promptToBytes(sealed.right)
 * assert.deepEqual(promptFromBytes(bytes), sealed)
 * bytes[bytes.length - 1] = 1 // one pixel is another
 * assert.equal(E.isLeft(promptFromBytes(bytes)), true)
 * ```
 */
export const promptValue =
  (model: PromptModel) =>
  (prompt: Prompt): E.Either<EngineFault, PromptValue> =>
    E.map(() => {
      const { ids, media } = prompt
      const { positions } = ropeIndex(prompt, model, model.layout)
      return { ids, media, positions, hash: promptHash({ ids, media, positions }) }
    })(checkMedia(prompt, model))

/** A prompt whose hash was said by somebody else. `Left('BadPrompt')` with both hashes where it is another. */
export const checkHash = (prompt: PromptValue): E.Either<EngineFault, PromptValue> => {
  const found = promptHash(prompt)
  return found === prompt.hash
    ? E.right(prompt)
    : E.left(
        fault(
          'BadPrompt',
          `the prompt says it has hash ${prompt.hash.slice(0, 16)}…, it has ${found.slice(0, 16)}…`,
          'It was changed or damaged on its way: make it again from its clip.',
        ),
      )
}
