import type { Tokenizer } from '../../text/tokenizer.ts'
import type { Qwen25VLConfig } from '../model/config.ts'

/** How large a tiny model is. */
export interface TinySize {
  /** Channels of decoder and tower; 64 when not given. */
  readonly width?: 64 | 96 | 128
  /** Layers of the decoder; 2 when not given. */
  readonly layers?: number
  /** Longest sequence, tokens; 4096 when not given. */
  readonly maxPositions?: number
}

/**
 * Sizes of a Qwen2.5-VL that a laptop trains in seconds, with everything that the released ones have: windows and full attention, the
 * merger, rotary positions in three axes, grouped queries. About 0.3 million parameters beside the vocabulary's; 0.7 million with
 * `{ width: 96, layers: 3 }`, the policy of examples/videop2r. For a tokenizer of one's own; `tinyPolicy` brings one.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { tinyConfig, tinyPolicy } from 'kinograd/engine/tfjs'
 *
 * const { engine, tokenizer, config } = tinyPolicy()
 * assert.deepEqual(tinyConfig(tokenizer), config)
 * assert.equal(tinyConfig(tokenizer, { width: 96 }).text.hiddenSize, 96)
 * engine.dispose()
 * ```
 */
export const tinyConfig = (
  { size, ids }: Pick<Tokenizer, 'size' | 'ids'>,
  { width = 64, layers = 2, maxPositions = 4096 }: TinySize = {},
): Qwen25VLConfig => {
  const [heads, third] = [4, Math.floor(width / 24)]
  return {
    text: {
      hiddenSize: width,
      intermediateSize: 2 * width,
      layers,
      heads,
      kvHeads: 2,
      headDim: width / heads,
      vocabSize: size,
      rmsEps: 1e-6,
      ropeTheta: 10_000,
      mropeSection: [width / 8 - 2 * third, third, third],
      maxPositions,
      tied: false,
    },
    vision: {
      depth: 2,
      hiddenSize: width,
      intermediateSize: 2 * width,
      heads,
      inChannels: 3,
      patchSize: 14,
      temporalPatchSize: 2,
      mergeSize: 2,
      windowSize: 28,
      fullAttentionBlocks: [1],
      outHiddenSize: width,
      tokensPerSecond: 2,
    },
    tokens: ids,
  }
}
