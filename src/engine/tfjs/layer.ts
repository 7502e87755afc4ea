import * as tf from '@tensorflow/tfjs-core'
import { rmsNormalise, swiglu } from './layers.ts'
import { mapRows, stacked } from './lora/low-rank.ts'
import type { Affine } from './parameters.ts'
import { linear } from './products.ts'
import { type HalfTurn, type Rotation, rotate, turned } from './rotary.ts'
import { add, concat, reshape, scale as scaleBy } from './unsaved.ts'

/**
 * One transformer layer with everything constant folded into its weights: the gains of its norms, the scale of its queries, the half
 * turns of its rotary embedding. A pure function of the stored weights, so that gradients reach those.
 */
export interface FoldedLayer {
  /** [queries, keys, turned queries, turned keys, values] from normalised rows. */
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
 * first is always folded: queries, keys and values are put together anyway.)
 */
export type Gain = 'weights' | 'rows'

/** Where there is less to multiply. */
export const gainFor = (rows: number, intermediate: number): Gain => (rows < 2 * intermediate ? 'rows' : 'weights')

export interface LayerShape {
  readonly heads: number
  readonly kvHeads: number
  readonly headDim: number
  readonly epsilon: number
}

/** W·diag(gain) for rows that come without the gain of their norm. */
export const withGain = ([w, b, low]: Affine, gain: tf.Tensor): Affine => [
  tf.mul(w, gain),
  b,
  low === undefined ? undefined : { down: tf.mul(low.down, gain), up: low.up },
]

const join = (tensors: readonly (tf.Tensor | undefined)[]): tf.Tensor | undefined => {
  const there = tensors.filter(t => t !== undefined)
  return there.length === 0 ? undefined : concat(there, 0)
}

/** Folds the parts of a layer. `queriesKeys` holds queries then keys, [(heads + kvHeads) · headDim, in]. */
export const fold = (parts: {
  readonly queriesKeys: Affine
  readonly values: Affine
  readonly out: Affine
  readonly gate: Affine
  readonly up: Affine
  readonly down: Affine
  readonly norm1: tf.Tensor
  readonly norm2: tf.Tensor
  readonly turn: HalfTurn
  /** 1/√headDim for queries, 1 for keys. [(heads + kvHeads) · headDim] */
  readonly scale: tf.Tensor1D
  readonly gain: Gain
}): FoldedLayer => {
  const {
    queriesKeys: [w, b, low],
    values: [vw, vb, vLow],
    turn,
    scale,
    norm1,
    norm2,
  } = parts
  const both = (rows: tf.Tensor): tf.Tensor => {
    const scaled = scaleBy(rows, rows.rank === 1 ? scale : tf.expandDims(scale, 1))
    return concat([scaled, turned(scaled, turn)], 0)
  }
  const weight = concat([both(w), vw], 0)
  const bias = join([b === undefined ? undefined : both(b), vb])
  const added = stacked([
    [2 * scale.size, mapRows(low, both)],
    [vw.shape[0] as number, vLow],
  ])
  return {
    qkv: withGain([weight, bias, added], norm1),
    out: parts.out,
    down: parts.down,
    ...(parts.gain === 'rows'
      ? { gain: norm2, gate: parts.gate, up: parts.up }
      : { gate: withGain(parts.gate, norm2), up: withGain(parts.up, norm2) }),
  }
}

/** Queries [rows, heads, headDim] (scaled, rotated), keys (rotated) and values [rows, kvHeads, headDim] of rows [rows, hidden]. */
export const project = (
  layer: FoldedLayer,
  { heads, kvHeads, headDim, epsilon }: LayerShape,
  x: tf.Tensor2D,
  rotation: Rotation,
): readonly [q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D] => {
  const qk = heads + kvHeads
  const all = reshape(linear(rmsNormalise(x, epsilon), layer.qkv), [x.shape[0], 2 * qk + kvHeads, headDim])
  const [straight, half, v] = tf.split(all, [qk, qk, kvHeads], 1) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D]
  const [q, k] = tf.split(rotate(straight, half, rotation), [heads, kvHeads], 1) as [tf.Tensor3D, tf.Tensor3D]
  return [q, k, v]
}

/** The rest of the layer: output projection of what attention mixed [rows, heads · headDim], residual, and the gated MLP with its own. */
export const finish = (layer: FoldedLayer, { epsilon }: LayerShape, x: tf.Tensor2D, mixed: tf.Tensor): tf.Tensor2D => {
  const h = add(x, linear(mixed, layer.out))
  const unit = rmsNormalise(h, epsilon)
  const normed = layer.gain === undefined ? unit : tf.mul(unit, layer.gain)
  const gated = swiglu(linear(normed, layer.gate), linear(normed, layer.up))
  return add(h, linear(gated, layer.down))
}
