import { isDeepStrictEqual } from 'node:util'
import { either as E } from 'fp-ts'
import { isJsonObject, type JsonObject } from '../../text/json-file.ts'
import type { Qwen25VLConfig } from '../model/config.ts'
import { parseConfig } from './read-config.ts'
import type { WeightFormat } from './weight-format.ts'

const dtypes = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' } as const

/** A config.json of sizes alone. */
const sizesJson = ({ text, vision, tokens }: Qwen25VLConfig, { names = 'hub', dtype = 'F32' }: WeightFormat) => {
  const sizes = {
    hidden_size: text.hiddenSize,
    intermediate_size: text.intermediateSize,
    num_hidden_layers: text.layers,
    num_attention_heads: text.heads,
    num_key_value_heads: text.kvHeads,
    ...(text.headDim * text.heads === text.hiddenSize ? {} : { head_dim: text.headDim }),
    vocab_size: text.vocabSize,
    rms_norm_eps: text.rmsEps,
    max_position_embeddings: text.maxPositions,
    hidden_act: 'silu',
    use_sliding_window: false,
    tie_word_embeddings: text.tied,
    rope_theta: text.ropeTheta,
    rope_scaling: { type: 'mrope', rope_type: 'default', mrope_section: text.mropeSection },
  }
  const mrope = { rope_type: 'default', mrope_section: text.mropeSection, rope_theta: text.ropeTheta }
  const nested = { model_type: 'qwen2_5_vl_text', ...sizes, rope_parameters: mrope }
  return {
    architectures: ['Qwen2_5_VLForConditionalGeneration'],
    model_type: 'qwen2_5_vl',
    dtype: dtypes[dtype],
    torch_dtype: dtypes[dtype],
    tie_word_embeddings: text.tied,
    image_token_id: tokens.image,
    video_token_id: tokens.video,
    vision_start_token_id: tokens.visionStart,
    vision_end_token_id: tokens.visionEnd,
    ...(names === 'hub' ? sizes : { text_config: nested }),
    vision_config: {
      model_type: 'qwen2_5_vl_vision',
      depth: vision.depth,
      hidden_size: vision.hiddenSize,
      intermediate_size: vision.intermediateSize,
      num_heads: vision.heads,
      in_channels: vision.inChannels,
      in_chans: vision.inChannels,
      patch_size: vision.patchSize,
      spatial_patch_size: vision.patchSize,
      temporal_patch_size: vision.temporalPatchSize,
      spatial_merge_size: vision.mergeSize,
      window_size: vision.windowSize,
      fullatt_block_indexes: vision.fullAttentionBlocks,
      out_hidden_size: vision.outHiddenSize,
      tokens_per_second: vision.tokensPerSecond,
      hidden_act: 'silu',
    },
  }
}

/** Fields that say of what type the weights are, wherever a config.json has them. */
const withType = (given: JsonObject, dtype: string): JsonObject =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      name === 'dtype' || name === 'torch_dtype' ? dtype : isJsonObject(value) ? withType(value, dtype) : value,
    ]),
  )

/** What of a config.json is no size: ids of tokens, the version that wrote it. */
const isKept = (name: string): boolean => name.endsWith('_token_id') || name === 'transformers_version'

/**
 * A config.json that transformers and `parseConfig` read. Made of the one that the weights came with, where it is given: every field of it
 * stays, but for the type of the weights. Where that is another model's, its tokens stay alone. Without one: with the names of the hub in
 * the hub's layout, the text's fields at the top, which every transformers with this model reads; with those of the modules nested, as
 * 4.52 and later write it, the rotary parameters under both names that they have had there.
 */
export const configJson = (
  config: Qwen25VLConfig,
  format: WeightFormat = {},
  given: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> => {
  const parsed = parseConfig(given)
  const dtype = dtypes[format.dtype ?? 'F32']
  return E.isRight(parsed) && isDeepStrictEqual(parsed.right, { ...config, tokens: tokensOf(config) })
    ? { ...withType(given, dtype), ...('dtype' in given ? { dtype } : { torch_dtype: dtype }) }
    : { ...Object.fromEntries(Object.entries(given).filter(([name]) => isKept(name))), ...sizesJson(config, format) }
}

/** The four tokens of a config alone: a tokenizer's `ids` may stand there, which have more. */
const tokensOf = ({ tokens: { image, video, visionStart, visionEnd } }: Qwen25VLConfig) => ({
  image,
  video,
  visionStart,
  visionEnd,
})
