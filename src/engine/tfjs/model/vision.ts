import type * as tf from '@tensorflow/tfjs-core'
import { gelu, rmsNormalise } from '../tensors/activations.ts'
import type { Dropout } from '../tensors/dropout.ts'
import { moveRows } from '../tensors/gather.ts'
import { linear } from '../tensors/linear.ts'
import { type Segments, segmentAttention } from '../tensors/segments.ts'
import { concat, reshape } from '../tensors/unsaved.ts'
import type { Qwen25VLConfig } from './config.ts'
import { type FoldedLayer, finish, fold, type Gain, gainFor, project, withGain } from './layer.ts'
import type { Link } from './link.ts'
import { affine, type Parameters, weight } from './parameters.ts'
import type { Rotation } from './rotary.ts'

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

const foldBlock = (p: Parameters, i: number, scale: tf.Tensor1D, gain: Gain): FoldedLayer => {
  const named = (name: string) => affine(p, `visual.blocks.${i}.${name}`)
  const norm = (name: string) => weight(p, `visual.blocks.${i}.${name}.weight`)
  return fold({
    qkv: named('attn.qkv'),
    out: named('attn.proj'),
    gate: named('mlp.gate_proj'),
    up: named('mlp.up_proj'),
    down: named('mlp.down_proj'),
    norm1: norm('norm1'),
    norm2: norm('norm2'),
    scale,
    gain,
  })
}

/**
 * The vision tower of Qwen2.5-VL and its patch merger, step by step: pixels → [patches / 4, hidden of the text model], in the order
 * of the input (transformers, modeling_qwen2_5_vl.py, Qwen2_5_VisionTransformerPretrainedModel).
 */
export const visionLinks = (
  p: Parameters,
  { vision }: Qwen25VLConfig,
  scale: tf.Tensor1D,
  input: VisionInput,
  dropout?: Dropout,
): readonly Link[] => {
  const { hiddenSize, heads, mergeSize } = vision
  const shape = { heads, kvHeads: heads, headDim: hiddenSize / heads, epsilon: ε, dropout }
  const patches: Link = {
    weights: 'visual.patch_embed.',
    run: pixels =>
      moveRows(linear(pixels, affine(p, 'visual.patch_embed.proj'), dropout), input.toWindows, input.fromWindows),
  }
  const blocks = Array.from({ length: vision.depth }, (_, i): Link => {
    const scope = vision.fullAttentionBlocks.includes(i) ? input.frames : input.windows
    return {
      weights: `visual.blocks.${i}.`,
      run: x => {
        const layer = foldBlock(p, i, scale, gainFor(x.shape[0], vision.intermediateSize))
        return finish(layer, shape, x, segmentAttention(...project(layer, shape, x, input.rotation), scope))
      },
    }
  })
  const merger: Link = {
    weights: 'visual.merger.',
    run: x => {
      const per = mergeSize ** 2
      const units = reshape(rmsNormalise(x, ε), [x.shape[0] / per, hiddenSize * per])
      const gain = () => concat(Array<tf.Tensor>(per).fill(weight(p, 'visual.merger.ln_q.weight')), 0)
      const first = withGain(affine(p, 'visual.merger.mlp.0'), gain)
      const merged = linear(gelu(linear(units, first, dropout)), affine(p, 'visual.merger.mlp.2'), dropout)
      return moveRows(merged, input.unitsFromWindows, input.unitsToWindows)
    },
  }
  return [patches, ...blocks, merger]
}
