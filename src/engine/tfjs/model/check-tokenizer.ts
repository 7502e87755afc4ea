import { either as E } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import type { Tokenizer } from '../../text/tokenizer.ts'
import type { Qwen25VLConfig } from './config.ts'

const fields = {
  image: ['<|image_pad|>', 'image_token_id'],
  video: ['<|video_pad|>', 'video_token_id'],
  visionStart: ['<|vision_start|>', 'vision_start_token_id'],
  visionEnd: ['<|vision_end|>', 'vision_end_token_id'],
} as const

/**
 * Whether a tokeniser and a model belong together: the media's tokens have the ids that config.json says, and every id has a row in
 * the embedding. `Left('BadTokenizer')` names each token and field that disagree, with both numbers.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { checkTokenizer } from 'kinograd/engine/tfjs'
 *
 * const tokens = { image: 62, video: 63, visionStart: 60, visionEnd: 61 }
 * const model = { text: { vocabSize: 64 }, tokens }
 * assert.deepEqual(checkTokenizer({ ids: tokens, size: 64 }, model), E.right(undefined))
 * const other = checkTokenizer({ ids: { ...tokens, video: 59 }, size: 70 }, model)
 * assert(E.isLeft(other) && other.left.cause.includes('video_token_id of config.json is 63'))
 * ```
 */
export const checkTokenizer = (
  { ids, size }: Pick<Tokenizer, 'size'> & { readonly ids: Pick<Tokenizer['ids'], keyof typeof fields> },
  { text, tokens }: { readonly text: Pick<Qwen25VLConfig['text'], 'vocabSize'> } & Pick<Qwen25VLConfig, 'tokens'>,
): E.Either<EngineFault, void> => {
  const wrong = (Object.keys(fields) as (keyof typeof fields)[])
    .filter(name => ids[name] !== tokens[name])
    .map(name => `${fields[name][0]} is ${ids[name]}, ${fields[name][1]} of config.json is ${tokens[name]}`)
  const beyond = size > text.vocabSize ? [`the largest id is ${size - 1}, vocab_size is ${text.vocabSize}`] : []
  const all = [...wrong, ...beyond]
  return all.length === 0
    ? E.right(undefined)
    : E.left(fault('BadTokenizer', all.join('; '), "Use the tokenizer.json of this model's checkpoint."))
}
