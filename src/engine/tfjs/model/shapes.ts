import type { Qwen25VLConfig } from './config.ts'

/** Name and shape of every weight of a Qwen2.5-VL, in the order in which it is written (names as on the Hugging Face hub). */
export const parameterShapes = ({ text, vision }: Qwen25VLConfig): ReadonlyMap<string, readonly number[]> => {
  const { hiddenSize: d, intermediateSize: f, heads, kvHeads, headDim, vocabSize } = text
  const { hiddenSize: v, intermediateSize: g, mergeSize } = vision
  const merged = v * mergeSize ** 2
  const decoder = Array.from({ length: text.layers }, (_, i): readonly (readonly [string, readonly number[]])[] => {
    const at = `model.layers.${i}`
    return [
      [`${at}.input_layernorm.weight`, [d]],
      [`${at}.self_attn.q_proj.weight`, [heads * headDim, d]],
      [`${at}.self_attn.q_proj.bias`, [heads * headDim]],
      [`${at}.self_attn.k_proj.weight`, [kvHeads * headDim, d]],
      [`${at}.self_attn.k_proj.bias`, [kvHeads * headDim]],
      [`${at}.self_attn.v_proj.weight`, [kvHeads * headDim, d]],
      [`${at}.self_attn.v_proj.bias`, [kvHeads * headDim]],
      [`${at}.self_attn.o_proj.weight`, [d, heads * headDim]],
      [`${at}.post_attention_layernorm.weight`, [d]],
      [`${at}.mlp.gate_proj.weight`, [f, d]],
      [`${at}.mlp.up_proj.weight`, [f, d]],
      [`${at}.mlp.down_proj.weight`, [d, f]],
    ]
  })
  const tower = Array.from({ length: vision.depth }, (_, i): readonly (readonly [string, readonly number[]])[] => {
    const at = `visual.blocks.${i}`
    return [
      [`${at}.norm1.weight`, [v]],
      [`${at}.norm2.weight`, [v]],
      [`${at}.attn.qkv.weight`, [3 * v, v]],
      [`${at}.attn.qkv.bias`, [3 * v]],
      [`${at}.attn.proj.weight`, [v, v]],
      [`${at}.attn.proj.bias`, [v]],
      [`${at}.mlp.gate_proj.weight`, [g, v]],
      [`${at}.mlp.gate_proj.bias`, [g]],
      [`${at}.mlp.up_proj.weight`, [g, v]],
      [`${at}.mlp.up_proj.bias`, [g]],
      [`${at}.mlp.down_proj.weight`, [v, g]],
      [`${at}.mlp.down_proj.bias`, [v]],
    ]
  })
  return new Map<string, readonly number[]>([
    ['model.embed_tokens.weight', [vocabSize, d]],
    ...decoder.flat(),
    ['model.norm.weight', [d]],
    ...(text.tied ? [] : [['lm_head.weight', [vocabSize, d]] as const]),
    [
      'visual.patch_embed.proj.weight',
      [v, vision.inChannels, vision.temporalPatchSize, vision.patchSize, vision.patchSize],
    ],
    ...tower.flat(),
    ['visual.merger.ln_q.weight', [v]],
    ['visual.merger.mlp.0.weight', [merged, merged]],
    ['visual.merger.mlp.0.bias', [merged]],
    ['visual.merger.mlp.2.weight', [vision.outHiddenSize, merged]],
    ['visual.merger.mlp.2.bias', [vision.outHiddenSize]],
  ])
}
