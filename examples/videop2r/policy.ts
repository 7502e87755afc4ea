import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Engine, Prompt, Tokenizer } from 'kinograd/engine'
import {
  adamw,
  chain,
  clipByGlobalNorm,
  initialise,
  type Optimiser,
  type Qwen25VLConfig,
  tfjsEngine,
} from 'kinograd/engine/tfjs'
import type { Fault } from 'kinograd/flow'
import { type Patches, patches, secondsPerGrid } from 'kinograd/media'
import type { HasClip, HasFrames, HasRecord } from 'kinograd/stages'
import { promptOf } from './world/index.ts'

/** The Qwen2.5-VL architecture at 0.75 million parameters: windows and full attention, merger, MRoPE, grouped queries. */
export const tinyConfig = ({ size, ids }: Tokenizer): Qwen25VLConfig => ({
  text: {
    hiddenSize: 96,
    intermediateSize: 192,
    layers: 3,
    heads: 4,
    kvHeads: 2,
    headDim: 24,
    vocabSize: size,
    rmsEps: 1e-6,
    ropeTheta: 10_000,
    mropeSection: [4, 4, 4],
    maxPositions: 512,
    tied: false,
  },
  vision: {
    depth: 2,
    hiddenSize: 96,
    intermediateSize: 192,
    heads: 4,
    inChannels: 3,
    patchSize: 14,
    temporalPatchSize: 2,
    mergeSize: 2,
    windowSize: 28,
    fullAttentionBlocks: [1],
    outHiddenSize: 96,
    tokensPerSecond: 2,
  },
  tokens: ids,
})

/** A fresh policy on the selected backend. */
export const freshEngine = (config: Qwen25VLConfig, seed: number, optimiser: Optimiser): Engine =>
  tfjsEngine({ config, parameters: initialise(config, seed), optimiser, maxTokens: config.text.maxPositions })

export const sftOptimiser = chain(
  clipByGlobalNorm(1),
  adamw({ beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.02 }),
)
export const rlOptimiser = chain(clipByGlobalNorm(1), adamw({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 }))

/** The clips are dark: these constants bring their bytes to a useful range, (v / 255 − 0.12) · 3. */
const pixels = { mean: [0.12, 0.12, 0.12], std: [1 / 3, 1 / 3, 1 / 3] } as const

/**
 * Makes the prompts of this policy: chat marks, the clip, the question. The instruction of the paper's prompt is left out: a
 * vocabulary of 84 words has no room for it, and this policy has only one task. Patches of the last clips are kept, so that questions
 * about one clip share them, and with them one pass of the vision tower.
 */
export const promptMaker = (tokenizer: Tokenizer, keep = 64) => {
  const recent = new Map<string, Patches>()
  const patchesOf = ({ clip, frames }: HasClip & HasFrames): E.Either<Fault, Patches> => {
    const known = recent.get(clip.path)
    if (known !== undefined) return E.right(known)
    return F.pipe(
      patches(frames, { ...pixels, secondsPerGrid: secondsPerGrid(clip, frames.count) }),
      E.map(made => {
        recent.set(clip.path, made)
        const [oldest] = recent.keys()
        if (recent.size > keep && oldest !== undefined) recent.delete(oldest)
        return made
      }),
    )
  }
  return (item: HasRecord & HasClip & HasFrames): E.Either<Fault, Prompt> =>
    F.pipe(
      patchesOf(item),
      E.bindTo('medium'),
      E.bindW('ids', ({ medium: { grid } }) => {
        const pads = '<|video_pad|>'.repeat((grid[0] * grid[1] * grid[2]) / 4)
        const question = promptOf(item.record)
        return tokenizer.encode(
          `<|im_start|> user <|vision_start|>${pads}<|vision_end|> ${question} <|im_end|> <|im_start|> assistant`,
        )
      }),
      E.map(({ ids, medium }) => ({ ids, media: [medium] })),
    )
}

/** A chain as the tokens that SFT makes likely, the end mark included. */
export const targetOf = (tokenizer: Tokenizer, chain: string): E.Either<Fault, Int32Array> =>
  tokenizer.encode(`${chain} <|im_end|>`)

/** Weights of a finished phase in a fresh engine. */
export const engineFrom = (
  config: Qwen25VLConfig,
  seed: number,
  optimiser: Optimiser,
  checkpoint: string,
): TE.TaskEither<Fault, Engine> => {
  const engine = freshEngine(config, seed, optimiser)
  return F.pipe(
    engine.load(checkpoint, { weightsOnly: true }),
    TE.map(() => engine),
  )
}
