import type { Prompt, Sampling } from 'kinograd/engine'
import { adamw, chain, clipByGlobalNorm, type Qwen25VLConfig } from 'kinograd/engine/tfjs'
import { configOf } from '../engine/config.ts'
import { sizes } from '../engine/model.ts'

/** One PA-GRPO update of which memory is measured. */
export interface Case {
  readonly name: string
  readonly config: Qwen25VLConfig
  readonly prompts: number
  /** Grid of each prompt's clip, patches; two frames a temporal step. */
  readonly grid: readonly [number, number, number]
  readonly sampling: Sampling
  readonly checkpointing: boolean
  /** Parameters that are trained: all, or those of a low-rank adapter of this rank on every linear layer of the decoder. */
  readonly rank?: number
  /** How AdamW keeps its moments; in float32 when not given. */
  readonly moments?: 'float32' | 'bfloat16'
  /** Weights come from a random BF16 checkpoint on the disk and are kept so; else they are made in float32. */
  readonly checkpoint?: true
}

const sampling = (count: number, maxTokens: number): Sampling => ({
  count,
  maxTokens,
  temperature: 1,
  topP: 0.95,
  stop: [],
  seed: 1,
})

export const cases: readonly Case[] = [
  {
    name: '1 M parameters, 8 prompts × 8 × 48 tokens',
    config: configOf({
      hidden: 96,
      intermediate: 192,
      layers: 3,
      heads: 4,
      kvHeads: 2,
      vocabulary: 512,
      tied: false,
      tower: { depth: 4, hidden: 96, intermediate: 192, heads: 4 },
    }),
    prompts: 8,
    grid: [4, 4, 4],
    sampling: sampling(8, 48),
    checkpointing: false,
  },
  {
    name: '47 M parameters, 1 prompt of 960 video tokens × 8 × 128',
    config: configOf({
      hidden: 512,
      intermediate: 1408,
      layers: 8,
      heads: 8,
      kvHeads: 2,
      vocabulary: 16_384,
      tied: true,
      tower: { depth: 4, hidden: 512, intermediate: 1024, heads: 8 },
    }),
    prompts: 1,
    grid: [8, 20, 24],
    sampling: sampling(8, 128),
    checkpointing: true,
  },
  {
    name: '0.53 B parameters with an adapter, 8 frames, 1 prompt × 4 × 128 tokens',
    config: sizes.large.config,
    prompts: 1,
    grid: [4, 16, 16],
    sampling: sampling(4, 128),
    checkpointing: true,
    rank: 16,
  },
]

const medium = cases[1]!
const large = cases[2]!
const { rank: _, ...allOfLarge } = large

/** Updates of all weights, with moments of 16 bits. */
export const full: readonly Case[] = [
  { ...medium, name: '47 M, moments in BF16, 960 video tokens × 8 × 128', moments: 'bfloat16' },
  { ...allOfLarge, name: '0.53 B, all trained, moments in BF16, 8 frames × 4 × 128 tokens', moments: 'bfloat16' },
]

/** Updates of models that are loaded. */
export const loaded: readonly Case[] = [
  { ...medium, name: '47 M in BF16 with an adapter, 960 video tokens × 8 × 128', rank: 16, checkpoint: true },
  { ...large, name: '0.53 B in BF16 with an adapter, 8 frames × 4 × 128 tokens', checkpoint: true },
]

/** The exact sizes of Qwen2.5-VL-3B-Instruct; a clip of 16 frames of 448 × 252. */
export const threeBillion: Case = {
  name: '3.75 B in BF16 with an adapter, 16 frames, 4 × 64 tokens',
  config: {
    ...configOf({
      hidden: 2048,
      intermediate: 11_008,
      layers: 36,
      heads: 16,
      kvHeads: 2,
      vocabulary: 151_936,
      tied: true,
      tower: { depth: 32, hidden: 1280, intermediate: 3420, heads: 16, fullAttentionBlocks: [7, 15, 23, 31] },
    }),
    tokens: { image: 151_655, video: 151_656, visionStart: 151_652, visionEnd: 151_653 },
  },
  prompts: 1,
  grid: [8, 18, 32],
  sampling: sampling(4, 64),
  checkpointing: true,
  rank: 16,
  checkpoint: true,
}

/** What an adapter changes: every linear layer of the decoder. */
export const targets = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']

export const optimiserOf = ({ moments = 'float32' }: Case) =>
  chain(clipByGlobalNorm(5), adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, moments }))

/** Tokens of a prompt beside those of its clip and its marks. */
export const textTokens = 25

/** Deterministic filler: a mark, the clip, a question. */
export const promptsOf = ({ config, prompts, grid }: Case): readonly Prompt[] => {
  const { tokens, text } = config
  const [t, h, w] = grid
  return Array.from({ length: prompts }, (_, n) => ({
    ids: Int32Array.from([
      5,
      tokens.visionStart,
      ...Array<number>((t * h * w) / 4).fill(tokens.video),
      tokens.visionEnd,
      ...Array.from({ length: textTokens - 1 }, (_, i) => 8 + ((i * 7919 + n * 31) % (text.vocabSize - 16))),
    ]),
    media: [
      {
        kind: 'video',
        grid,
        secondsPerGrid: 1,
        values: Float32Array.from({ length: t * h * w * 1176 }, (_, i) => Math.sin(i * 0.37 + n)),
      },
    ],
  }))
}
