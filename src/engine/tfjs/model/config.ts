/**
 * Every size of a Qwen2.5-VL (Bai et al. 2025, arXiv 2502.13923, table 1; transformers' `configuration_qwen2_5_vl.py`). `text` is the decoder, `vision` the tower with its merger; token ids are those of
 * the pads that stand for one merged unit each, and of the marks around a medium.
 */
export interface Qwen25VLConfig {
  readonly text: {
    readonly hiddenSize: number
    readonly intermediateSize: number
    readonly layers: number
    readonly heads: number
    readonly kvHeads: number
    readonly headDim: number
    readonly vocabSize: number
    readonly rmsEps: number
    readonly ropeTheta: number
    /** Rotary frequencies that follow time, height and width; their sum is headDim / 2. */
    readonly mropeSection: readonly [time: number, height: number, width: number]
    /** Longest sequence that the model was made for, tokens. */
    readonly maxPositions: number
    /** The head is the embedding. */
    readonly tied: boolean
  }
  readonly vision: {
    readonly depth: number
    readonly hiddenSize: number
    readonly intermediateSize: number
    readonly heads: number
    readonly inChannels: number
    /** Side of a patch, pixels. */
    readonly patchSize: number
    /** Frames in a patch. */
    readonly temporalPatchSize: number
    /** Side of a merged unit, patches. */
    readonly mergeSize: number
    /** Side of an attention window, pixels. */
    readonly windowSize: number
    readonly fullAttentionBlocks: readonly number[]
    readonly outHiddenSize: number
    readonly tokensPerSecond: number
  }
  readonly tokens: {
    readonly image: number
    readonly video: number
    readonly visionStart: number
    readonly visionEnd: number
  }
}
