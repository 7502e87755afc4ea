import * as tf from '@tensorflow/tfjs-core'
import type { Qwen25VLConfig } from './config.ts'
import { rmsNorm, swiglu } from './layers.ts'
import { affine, type Parameters, weight } from './parameters.ts'
import { differentiableProduct, linear } from './products.ts'
import { type Rotation, rotate } from './rotary.ts'

/**
 * Rows of a batch of groups: first the N prompts, each padded to P tokens, then their N · G completions, each padded to C tokens.
 * A group's completions share the prompt's rows: whatever the prompt costs, it costs once. G · C may be 0 (a prefill).
 */
export interface Rows {
  readonly prompts: number
  readonly promptLength: number
  readonly completionsPerPrompt: number
  readonly completionLength: number
  /** MRoPE angles of every row. [rows, 1, headDim] */
  readonly rotation: Rotation
  /** Causal, and blind to padding: 0 or −1e9. [N, 1, P, P] */
  readonly promptBias: tf.Tensor4D
  /** What a completion's token may see of its prompt and of itself. [N, 1, C, P + C] */
  readonly completionBias?: tf.Tensor4D
}

/** Keys and values of one layer. [N · kvHeads, length, headDim] */
export interface KeysValues {
  readonly keys: tf.Tensor3D
  readonly values: tf.Tensor3D
}

type TextConfig = Qwen25VLConfig['text']

/** Queries, keys and values of rows, rotated: q [rows, heads, headDim], k and v [rows, kvHeads, headDim]. */
export const project = (
  p: Parameters,
  { heads, kvHeads, headDim, rmsEps }: TextConfig,
  layer: number,
  x: tf.Tensor2D,
  rotation: Rotation,
  turn: tf.Tensor2D,
): readonly [q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D] => {
  const at = (name: string) => `model.layers.${layer}.${name}`
  const normed = rmsNorm(x, weight(p, at('input_layernorm.weight')), rmsEps)
  const of = (name: string) => affine(p, at(`self_attn.${name}_proj`))
  const parts = [of('q'), of('k'), of('v')]
  const w = tf.concat(parts.map(([m]) => m), 0)
  const b = tf.concat(parts.flatMap(([, bias]) => (bias === undefined ? [] : [bias])), 0)
  const all = tf.reshape(linear(normed, w, b), [x.shape[0], heads + 2 * kvHeads, headDim])
  const [qk, v] = tf.split(all, [heads + kvHeads, kvHeads], 1) as [tf.Tensor3D, tf.Tensor3D]
  const [q, k] = tf.split(rotate(qk, rotation, turn), [heads, kvHeads], 1) as [tf.Tensor3D, tf.Tensor3D]
  return [tf.mul(q, headDim ** -0.5), k, v]
}

/** The rest of a layer: output projection, residual, and the gated MLP with its own. */
export const finish = (
  p: Parameters,
  { rmsEps }: TextConfig,
  layer: number,
  x: tf.Tensor2D,
  mixed: tf.Tensor,
): tf.Tensor2D => {
  const at = (name: string) => `model.layers.${layer}.${name}`
  const of = (name: string) => affine(p, at(name))
  const h = tf.add(x, linear(mixed, ...of('self_attn.o_proj'))) as tf.Tensor2D
  const normed = rmsNorm(h, weight(p, at('post_attention_layernorm.weight')), rmsEps)
  const gated = swiglu(linear(normed, ...of('mlp.gate_proj')), linear(normed, ...of('mlp.up_proj')))
  return tf.add(h, linear(gated, ...of('mlp.down_proj')))
}

/** [n · length, kvHeads, headDim] → [n · kvHeads, length, headDim]. */
const byHead = (x: tf.Tensor3D, n: number, length: number): tf.Tensor3D => {
  const [, kv, d] = x.shape
  return tf.reshape(tf.transpose(tf.reshape(x, [n, length, kv, d]), [0, 2, 1, 3]), [n * kv, length, d])
}

const attendPrompts = (q: tf.Tensor3D, kv: KeysValues, rows: Rows, { heads, kvHeads, headDim }: TextConfig): tf.Tensor => {
  const { prompts: n, promptLength: len } = rows
  const repeat = heads / kvHeads
  const grouped = tf.transpose(tf.reshape(q, [n, len, kvHeads, repeat, headDim]), [0, 2, 3, 1, 4])
  const scores = differentiableProduct(tf.reshape(grouped, [n * kvHeads, repeat * len, headDim]), kv.keys, true)
  const weights = tf.softmax(tf.add(tf.reshape(scores, [n, heads, len, len]), rows.promptBias))
  const mixed = differentiableProduct(tf.reshape(weights, [n * kvHeads, repeat * len, len]), kv.values)
  const ordered = tf.transpose(tf.reshape(mixed, [n, kvHeads, repeat, len, headDim]), [0, 3, 1, 2, 4])
  return tf.reshape(ordered, [n * len, heads * headDim])
}

const attendCompletions = (
  q: tf.Tensor3D,
  k: tf.Tensor3D,
  v: tf.Tensor3D,
  prompt: KeysValues,
  rows: Rows,
  { heads, kvHeads, headDim }: TextConfig,
): tf.Tensor => {
  const { prompts: n, promptLength: P, completionsPerPrompt: G, completionLength: C } = rows
  const repeat = heads / kvHeads
  const grouped = tf.transpose(tf.reshape(q, [n, G, C, kvHeads, repeat, headDim]), [0, 3, 1, 4, 2, 5])
  const own = (x: tf.Tensor3D): tf.Tensor =>
    tf.reshape(tf.transpose(tf.reshape(x, [n, G, C, kvHeads, headDim]), [0, 3, 1, 2, 4]), [n * kvHeads * G, C, headDim])
  const shared = tf.reshape(grouped, [n * kvHeads, G * repeat * C, headDim])
  const single = tf.reshape(grouped, [n * kvHeads * G, repeat * C, headDim])
  const scores = tf.concat(
    [
      tf.reshape(differentiableProduct(shared, prompt.keys, true), [n, heads * G, C, P]),
      tf.reshape(differentiableProduct(single, own(k), true), [n, heads * G, C, C]),
    ],
    3,
  )
  const weights = tf.softmax(rows.completionBias === undefined ? scores : tf.add(scores, rows.completionBias))
  const [ofPrompt, ofSelf] = tf.split(weights, [P, C], 3) as [tf.Tensor, tf.Tensor]
  const mixed = tf.add(
    tf.reshape(differentiableProduct(tf.reshape(ofPrompt, [n * kvHeads, G * repeat * C, P]), prompt.values), [-1, headDim]),
    tf.reshape(differentiableProduct(tf.reshape(ofSelf, [n * kvHeads * G, repeat * C, C]), own(v)), [-1, headDim]),
  )
  const ordered = tf.transpose(tf.reshape(mixed, [n, kvHeads, G, repeat, C, headDim]), [0, 2, 4, 1, 3, 5])
  return tf.reshape(ordered, [n * G * C, heads * headDim])
}

/**
 * The decoder over a batch of groups: embeddings [rows, hidden] → hidden states before the last norm [rows, hidden].
 * `onLayer` sees the prompts' keys and values of each layer (the sampler's prefill keeps them).
 */
export const decoder = (
  p: Parameters,
  { text }: Qwen25VLConfig,
  turn: tf.Tensor2D,
  rows: Rows,
  embeddings: tf.Tensor2D,
  onLayer: (prompt: KeysValues) => void = () => {},
): tf.Tensor2D => {
  const promptRows = rows.prompts * rows.promptLength
  const completionRows = rows.prompts * rows.completionsPerPrompt * rows.completionLength
  const parts = (x: tf.Tensor3D) => tf.split(x, [promptRows, completionRows], 0) as [tf.Tensor3D, tf.Tensor3D]
  let x = embeddings
  for (let layer = 0; layer < text.layers; layer++) {
    const [q, k, v] = project(p, text, layer, x, rows.rotation, turn)
    const [[pq, cq], [pk, ck], [pv, cv]] = completionRows === 0 ? [[q], [k], [v]] : [parts(q), parts(k), parts(v)]
    const prompt = {
      keys: byHead(pk, rows.prompts, rows.promptLength),
      values: byHead(pv, rows.prompts, rows.promptLength),
    }
    onLayer(prompt)
    const mixed = attendPrompts(pq, prompt, rows, text)
    const all =
      cq === undefined || ck === undefined || cv === undefined
        ? mixed
        : tf.concat([mixed, attendCompletions(cq, ck, cv, prompt, rows, text)], 0)
    x = finish(p, text, layer, x, all)
  }
  return x
}
