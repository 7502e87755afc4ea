import type { Qwen25VLConfig } from 'kinograd/engine/tfjs'

/** A model small enough to compute by hand. */
export const tinyConfig: Qwen25VLConfig = {
  text: {
    hiddenSize: 32,
    intermediateSize: 48,
    layers: 2,
    heads: 4,
    kvHeads: 2,
    headDim: 8,
    vocabSize: 64,
    rmsEps: 1e-6,
    ropeTheta: 1e6,
    mropeSection: [1, 1, 2],
    maxPositions: 4096,
    tied: true,
  },
  vision: {
    depth: 2,
    hiddenSize: 16,
    intermediateSize: 24,
    heads: 2,
    inChannels: 3,
    patchSize: 14,
    temporalPatchSize: 2,
    mergeSize: 2,
    windowSize: 56,
    fullAttentionBlocks: [1],
    outHiddenSize: 32,
    tokensPerSecond: 2,
  },
  tokens: { image: 62, video: 63, visionStart: 60, visionEnd: 61 },
}
