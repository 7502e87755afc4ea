import type { Qwen25VLConfig } from 'kinograd/engine/tfjs'

/** What the sizes of a random Qwen2.5-VL follow from. */
export interface Sizes {
  readonly hidden: number
  readonly intermediate: number
  readonly layers: number
  readonly heads: number
  readonly kvHeads: number
  readonly vocabulary: number
  readonly tied: boolean
  readonly tower: {
    readonly depth: number
    readonly hidden: number
    readonly intermediate: number
    readonly heads: number
    /** The last block, when not given. */
    readonly fullAttentionBlocks?: readonly number[]
  }
}

/** Frequencies for time, height and width in the proportions of Qwen2.5-VL (16, 24, 24). */
const sections = (half: number): [number, number, number] => {
  const time = Math.round(half / 4)
  const height = Math.floor((half - time) / 2)
  return [time, height, half - time - height]
}

/** The config of a random Qwen2.5-VL. */
export const configOf = ({
  hidden,
  intermediate,
  layers,
  heads,
  kvHeads,
  vocabulary,
  tied,
  tower,
}: Sizes): Qwen25VLConfig => ({
  text: {
    hiddenSize: hidden,
    intermediateSize: intermediate,
    layers,
    heads,
    kvHeads,
    headDim: hidden / heads,
    vocabSize: vocabulary,
    rmsEps: 1e-6,
    ropeTheta: 1e6,
    mropeSection: sections(hidden / heads / 2),
    maxPositions: 32_768,
    tied,
  },
  vision: {
    depth: tower.depth,
    hiddenSize: tower.hidden,
    intermediateSize: tower.intermediate,
    heads: tower.heads,
    inChannels: 3,
    patchSize: 14,
    temporalPatchSize: 2,
    mergeSize: 2,
    windowSize: 112,
    fullAttentionBlocks: tower.fullAttentionBlocks ?? [tower.depth - 1],
    outHiddenSize: hidden,
    tokensPerSecond: 2,
  },
  tokens: {
    image: vocabulary - 2,
    video: vocabulary - 1,
    visionStart: vocabulary - 4,
    visionEnd: vocabulary - 3,
  },
})
