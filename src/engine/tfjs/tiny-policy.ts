import { createRequire } from 'node:module'
import * as tf from '@tensorflow/tfjs-core'
import { either as E, type taskEither as TE } from 'fp-ts'
import { defect } from '../../flow/index.ts'
import type { Engine, EngineFault } from '../engine.ts'
import { type Tokenizer, tokenizerOf } from '../text/tokenizer.ts'
import { tfjsEngine } from './engine.ts'
import { policyFiles } from './files/make-policy-files.ts'
import { objectIn } from './files/policy-files.ts'
import type { Qwen25VLConfig } from './model/config.ts'
import { initialise } from './model/initialise.ts'
import { type TinySize, tinyConfig } from './tiny/config.ts'
import { tinyPixels, tinyPreprocessor } from './tiny/preprocessor.ts'
import { tinyTokenizerFiles } from './tiny/tokenizer-files.ts'
import { adamw, chain, clipByGlobalNorm, type Optimiser } from './train/optimiser.ts'

/** What a tiny policy is made with; everything may be left out. */
export interface TinyPolicyOptions extends TinySize {
  /** Of the random weights; 0 when not given. */
  readonly seed?: number
  /** Texts whose words become tokens, as far as `merges` goes: questions, tags, answers. Others are spelled in bytes. */
  readonly texts?: readonly string[]
  /** Most tokens beside the 256 bytes and the special ones; 256 when not given. */
  readonly merges?: number
  /** AdamW behind a clipped gradient when not given. */
  readonly optimiser?: Optimiser
}

/** A policy to begin with: an engine with all that belongs to it. */
export interface TinyPolicy {
  readonly engine: Engine
  readonly tokenizer: Tokenizer
  readonly config: Qwen25VLConfig
  /** Size bounds that suit it, for `qwenPrompt`: a frame is 4 to 16 tokens. */
  readonly pixels: typeof tinyPixels
  /** Writes the policy as it is now, see `tinyPolicy`. */
  readonly write: (directory: string) => TE.TaskEither<EngineFault, void>
}

const certain = <A>(made: E.Either<EngineFault, A>): A => {
  if (E.isLeft(made)) throw defect(made.left)
  return made.right
}

/** TensorFlow.js in plain JavaScript where no backend has been selected: slow, and there without waiting. */
const someBackend = (): void => {
  if (tf.engine().backendNames().length > 0) return
  createRequire(import.meta.url)('@tensorflow/tfjs-backend-cpu')
  // Without it the backend advertises tfjs-node at its first use.
  tf.env().set('PROD', true)
}

/**
 * A Qwen2.5-VL of about 0.4 million random weights, ready to sample and to train, with a tokenizer that encodes any text and its chat
 * template: for tests, documentation and first steps. Made in memory; needs no file and no network. The same options give the same
 * policy. It runs on the backend that was selected (`selectBackend`), else on plain JavaScript, which is slow and needs no set-up.
 *
 * `write(directory)` saves it (`engine.save`): what Hugging Face calls a checkpoint, with config.json, weights, tokenizer.json,
 * tokenizer_config.json, chat_template.jinja, generation_config.json, preprocessor_config.json, and the optimiser's state. `readConfig`, `readWeights`,
 * `loadTokenizer` and `loadPreprocessor` read it, `engine.load` too. `Left('BadCheckpoint')` where the disk refuses.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { promptOf } from 'kinograd/engine'
 * import { tinyPolicy } from 'kinograd/engine/tfjs'
 *
 * const { engine, tokenizer } = tinyPolicy({ seed: 1, texts: ['What is 2 + 2?'] })
 * const prompt = promptOf(tokenizer, [{ role: 'user', content: 'What is 2 + 2?' }])
 * assert(E.isRight(prompt))
 * const sampling = { count: 4, maxTokens: 8, temperature: 1, stop: [tokenizer.eos], seed: 0 }
 * const sampled = await engine.sample([prompt.right], sampling)()
 * assert(E.isRight(sampled))
 * const texts = sampled.right[0]?.map(({ ids }) => tokenizer.decode(ids))
 * assert.equal(texts?.length, 4)
 * engine.dispose()
 * ```
 */
export const tinyPolicy = ({
  seed = 0,
  texts = [],
  merges = 256,
  optimiser = chain(clipByGlobalNorm(1), adamw({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 })),
  ...size
}: TinyPolicyOptions = {}): TinyPolicy => {
  const { tokenizer: json, config: settings } = tinyTokenizerFiles(texts, merges)
  const tokenizerFiles = { tokenizer: json, config: settings, template: settings.chat_template }
  // The files are this library's own: where they are not read, it is a bug in it.
  const files = certain(policyFiles({ tokenizer: tokenizerFiles, preprocessor: tinyPreprocessor }))
  const generation = objectIn(files, 'generation_config.json') ?? {}
  const tokenizer = certain(tokenizerOf({ ...tokenizerFiles, generation }))
  const config = tinyConfig(tokenizer, size)
  someBackend()
  const engine = tfjsEngine({ config, parameters: initialise(config, seed), optimiser, files })
  return { engine, tokenizer, config, pixels: tinyPixels, write: directory => engine.save(directory) }
}
