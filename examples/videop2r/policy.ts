import { type either as E, function as F, taskEither as TE } from 'fp-ts'
import { type Engine, loadTokenizer, qwenPrompt, type Tokenizer } from 'kinograd/engine'
import {
  adamw,
  chain,
  clipByGlobalNorm,
  tinyConfig as configOfSize,
  initialise,
  type Optimiser,
  type Qwen25VLConfig,
  tfjsEngine,
} from 'kinograd/engine/tfjs'
import type { Fault } from 'kinograd/flow'
import type { RecipePolicy } from 'kinograd/recipe'
import { promptOf } from './world/index.ts'

/** The Qwen2.5-VL architecture at 0.75 million parameters: windows and full attention, merger, MRoPE, grouped queries. */
export const tinyConfig = (tokenizer: Tokenizer): Qwen25VLConfig =>
  configOfSize(tokenizer, { width: 96, layers: 3, maxPositions: 512 })

/** A fresh policy on the selected backend. */
export const freshEngine = (config: Qwen25VLConfig, seed: number, optimiser: Optimiser): Engine =>
  tfjsEngine({ config, parameters: initialise(config, seed), optimiser, maxTokens: config.text.maxPositions })

export const sftOptimiser = chain(
  clipByGlobalNorm(1),
  adamw({ beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.02 }),
)
export const rlOptimiser = chain(clipByGlobalNorm(1), adamw({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 }))

/** Clips of the world are seen as they are, 56×56. */
const pixels = { video: { minPixels: 56 * 56, maxPixels: 56 * 56 } }

/** The clips are dark: these constants bring their bytes to a useful range, (v / 255 − 0.12) · 3. */
const normalisation = { mean: [0.12, 0.12, 0.12], std: [1 / 3, 1 / 3, 1 / 3] } as const

/** Qwen2.5-VL's chat marks without a system message: a vocabulary of 84 words has no room for one. */
const template = `{%- for message in messages -%}
<|im_start|>{{ message.role }}
{%- for part in message.content -%}
{%- if part.type == 'video' -%}<|vision_start|><|video_pad|><|vision_end|>{%- else -%}{{ part.text }}{%- endif -%}
{%- endfor -%}<|im_end|>
{%- endfor -%}<|im_start|>assistant`

/**
 * Makes the prompts of this policy: the clip, then the question. The instruction of the paper's prompt is left out: this policy has
 * only one task. Patches of the last 64 clips are kept, so that questions about one clip share them, and with them one pass of the
 * vision tower.
 */
export const promptMaker = (tokenizer: Tokenizer) =>
  qwenPrompt({
    tokenizer: { ...tokenizer, template },
    question: ({ record }) => promptOf(record),
    pixels,
    ...normalisation,
    keep: { clips: 64 },
  })

/** A chain as the tokens that SFT makes likely, the end mark included. */
export const targetOf = (tokenizer: Tokenizer, chain: string): E.Either<Fault, Int32Array> =>
  tokenizer.encode(`${chain} <|im_end|>`)

/** The policy of the main job: a fresh network with the vocabulary that lies in a folder. */
export const worldPolicy = (tokenizer: string, seed: number): TE.TaskEither<Fault, RecipePolicy> =>
  F.pipe(
    loadTokenizer(tokenizer),
    TE.map(words => ({
      tokenizer: words,
      open: purpose =>
        TE.fromIO(() => freshEngine(tinyConfig(words), seed, purpose === 'sft' ? sftOptimiser : rlOptimiser)),
      prompt: promptMaker(words),
      target: ({ output }) => targetOf(words, output),
    })),
  )
