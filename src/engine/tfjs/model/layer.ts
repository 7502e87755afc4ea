import * as tf from '@tensorflow/tfjs-core'
import { rmsNormalise, swiglu } from '../tensors/activations.ts'
import type { Affine } from '../tensors/affine.ts'
import type { Dropout } from '../tensors/dropout.ts'
import { linear } from '../tensors/linear.ts'
import { mapRows } from '../tensors/low-rank.ts'
import { mapped } from '../tensors/matrix.ts'
import { add, halves, reshape, scale } from '../tensors/unsaved.ts'
import { type Rotation, rotate } from './rotary.ts'

/**
 * One transformer layer with everything constant folded into its weights: the gains of its norms and the scale of its queries. A pure
 * function of the stored weights, so that gradients reach those.
 */
export interface FoldedLayer {
  /** [queries, keys, values] from normalised rows. */
  readonly qkv: Affine
  readonly out: Affine
  /** Of the second norm, where it is not folded into `gate` and `up`. [hidden] */
  readonly gain?: tf.Tensor
  readonly gate: Affine
  readonly up: Affine
  readonly down: Affine
}

/**
 * Where the gain of a layer's second norm is multiplied: into the weights of its MLP, which copies them, or to the rows. (That of the
 * first is always folded: the queries are scaled anyway.)
 */
export type Gain = 'weights' | 'rows'

/** Where there is less to multiply. */
export const gainFor = (rows: number, intermediate: number): Gain => (rows < 2 * intermediate ? 'rows' : 'weights')

export interface LayerShape {
  readonly heads: number
  readonly kvHeads: number
  readonly headDim: number
  readonly epsilon: number
  /** What adapters do not see in this pass; all of it seen, when not given. */
  readonly dropout?: Dropout | undefined
}

/** W·diag(gain) for rows that come without the gain of their norm; the gain is asked for where it is used. */
export const withGain = ([w, b, low]: Affine, gain: () => tf.Tensor): Affine => [
  mapped(w, x => tf.mul(x, gain())),
  b,
  low === undefined ? undefined : { ...low, down: tf.mul(low.down, gain()) },
]

/** Folds the parts of a layer. */
export const fold = (parts: {
  /** Queries, keys and values, one above the other. [(heads + 2 · kvHeads) · headDim, hidden] */
  readonly qkv: Affine
  readonly out: Affine
  readonly gate: Affine
  readonly up: Affine
  readonly down: Affine
  readonly norm1: tf.Tensor
  readonly norm2: tf.Tensor
  /** `queryScale` of the layer. */
  readonly scale: tf.Tensor1D
  readonly gain: Gain
}): FoldedLayer => {
  const {
    qkv: [w, b, low],
    out,
    gate,
    up,
    down,
    norm1,
    norm2,
  } = parts
  const scaled = (x: tf.Tensor): tf.Tensor => scale(x, x.rank === 1 ? parts.scale : tf.expandDims(parts.scale, 1))
  const second = (part: Affine): Affine => withGain(part, () => norm2)
  return {
    qkv: withGain([mapped(w, scaled), b && scaled(b), mapRows(low, scaled)], () => norm1),
    out,
    down,
    ...(parts.gain === 'rows' ? { gain: norm2, gate, up } : { gate: second(gate), up: second(up) }),
  }
}

/** 1/√headDim for the rows of queries, 1 for those of keys and values. [(heads + 2 · kvHeads) · headDim] */
export const queryScale = (heads: number, kvHeads: number, headDim: number): tf.Tensor1D =>
  tf.tensor1d(
    Float32Array.from({ length: (heads + 2 * kvHeads) * headDim }, (_, i) =>
      i < heads * headDim ? headDim ** -0.5 : 1,
    ),
  )

/**
 * Queries [places, heads, headDim] (scaled, rotated), keys (rotated) and values [places, kvHeads, headDim] of rows [rows, hidden].
 * `placed` brings rows to their places; each stands in its own, when not given.
 */
export const project = (
  layer: FoldedLayer,
  { heads, kvHeads, headDim, epsilon, dropout }: LayerShape,
  x: tf.Tensor2D,
  rotation: Rotation,
  placed: (rows: tf.Tensor2D) => tf.Tensor2D = rows => rows,
): readonly [q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D] => {
  const projected = placed(linear(rmsNormalise(x, epsilon), layer.qkv, dropout))
  const all: tf.Tensor3D = reshape(projected, [projected.shape[0], heads + 2 * kvHeads, headDim])
  const [straight, v] = halves(all, [heads + kvHeads, kvHeads], 1)
  const [q, k] = halves(rotate(straight, rotation), [heads, kvHeads], 1)
  return [q, k, v]
}

/** The rest of the layer: output projection of what attention mixed [rows, heads · headDim], residual, and the gated MLP with its own. */
export const finish = (
  layer: FoldedLayer,
  { epsilon, dropout }: LayerShape,
  x: tf.Tensor2D,
  mixed: tf.Tensor,
): tf.Tensor2D => {
  const h = add(x, linear(mixed, layer.out, dropout))
  const unit = rmsNormalise(h, epsilon)
  const normed = layer.gain === undefined ? unit : tf.mul(unit, layer.gain)
  const gated = swiglu(linear(normed, layer.gate, dropout), linear(normed, layer.up, dropout))
  return add(h, linear(gated, layer.down, dropout))
}
