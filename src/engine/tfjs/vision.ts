import * as tf from '@tensorflow/tfjs-core'
import type { Qwen25VLConfig } from './config.ts'
import { moveRows } from './gather.ts'
import { gelu, rmsNorm, swiglu } from './layers.ts'
import { affine, type Parameters, weight } from './parameters.ts'
import { linear } from './products.ts'
import { type Rotation, rotate } from './rotary.ts'
import { type Segments, segmentAttention } from './segments.ts'

/** What the tower reads of a list of clips and images, patches of all of them one after the other. */
export interface VisionInput {
  /** [patches, 3·2·14·14] */
  readonly pixels: tf.Tensor2D
  /** Into window order and back, by patch. [patches] */
  readonly toWindows: tf.Tensor1D
  readonly fromWindows: tf.Tensor1D
  /** The same, by merged unit of 2 × 2 patches. [patches / 4] */
  readonly unitsToWindows: tf.Tensor1D
  readonly unitsFromWindows: tf.Tensor1D
  /** 2-D rotary positions in window order. [patches, 1, headDim] */
  readonly rotation: Rotation
  readonly windows: Segments
  /** One segment a temporal grid: full attention never crosses time. */
  readonly frames: Segments
}

const ε = 1e-6

/**
 * The vision tower of Qwen2.5-VL and its patch merger: VisionInput → [patches / 4, hidden of the text model], in the order of the
 * input (transformers, modeling_qwen2_5_vl.py, Qwen2_5_VisionTransformerPretrainedModel).
 */
export const visionTower = (
  p: Parameters,
  { vision }: Qwen25VLConfig,
  turn: tf.Tensor2D,
  input: VisionInput,
): tf.Tensor2D => {
  const { hiddenSize, heads, mergeSize } = vision
  const patches = input.pixels.shape[0]
  const headDim = hiddenSize / heads
  const kernel = tf.reshape(weight(p, 'visual.patch_embed.proj.weight'), [hiddenSize, -1])
  let x = moveRows(linear(input.pixels, kernel), input.toWindows, input.fromWindows)
  for (let i = 0; i < vision.depth; i++) {
    const at = (name: string) => `visual.blocks.${i}.${name}`
    const normed = rmsNorm(x, weight(p, at('norm1.weight')), ε)
    const qkv = tf.reshape(linear(normed, ...affine(p, at('attn.qkv'))), [patches, 3 * heads, headDim])
    const [qk, v] = tf.split(qkv, [2 * heads, heads], 1) as [tf.Tensor3D, tf.Tensor3D]
    const [q, k] = tf.split(rotate(qk, input.rotation, turn), 2, 1) as [tf.Tensor3D, tf.Tensor3D]
    const scope = vision.fullAttentionBlocks.includes(i) ? input.frames : input.windows
    x = tf.add(x, linear(segmentAttention(q, k, v, scope), ...affine(p, at('attn.proj'))))
    const y = rmsNorm(x, weight(p, at('norm2.weight')), ε)
    const gated = swiglu(linear(y, ...affine(p, at('mlp.gate_proj'))), linear(y, ...affine(p, at('mlp.up_proj'))))
    x = tf.add(x, linear(gated, ...affine(p, at('mlp.down_proj'))))
  }
  const normed = rmsNorm(x, weight(p, 'visual.merger.ln_q.weight'), ε)
  const units = tf.reshape(normed, [patches / mergeSize ** 2, hiddenSize * mergeSize ** 2])
  const merged = linear(gelu(linear(units, ...affine(p, 'visual.merger.mlp.0'))), ...affine(p, 'visual.merger.mlp.2'))
  return moveRows(merged, input.unitsFromWindows, input.unitsToWindows)
}
