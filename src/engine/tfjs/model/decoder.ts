import * as tf from '@tensorflow/tfjs-core'
import type { Affine } from '../tensors/affine.ts'
import { attend } from '../tensors/attention.ts'
import { attendCausally, type CausalBlock } from '../tensors/causal-attention.ts'
import type { Dropout } from '../tensors/dropout.ts'
import { moveRows } from '../tensors/gather.ts'
import { stacked } from '../tensors/low-rank.ts'
import { above } from '../tensors/matrix.ts'
import { concat, halves, reshape } from '../tensors/unsaved.ts'
import type { RowCounts } from './batch-layout.ts'
import type { Qwen25VLConfig } from './config.ts'
import { type FoldedLayer, finish, fold, type Gain, type LayerShape, project } from './layer.ts'
import { affine, type Parameters, weight } from './parameters.ts'
import type { Rotation } from './rotary.ts'

/** `Packing` as tensors. */
interface Places {
  readonly rowAt: tf.Tensor1D
  readonly placeOf: tf.Tensor1D
}

/** Places of a batch of groups, and what they see of each other. */
export interface Rows extends RowCounts {
  /** MRoPE angles of every place. [places, 1, headDim] */
  readonly rotation: Rotation
  /** Of the prompts' P rows: causal, and blind to padding. Biases [N or 1, 1, rows, rows up to the last of them]. */
  readonly promptBlocks: readonly CausalBlock[]
  /** What a completion's token may see of its prompt and of itself. [N, 1, C, P + C] */
  readonly completionBias?: tf.Tensor4D
  /** `Packing`, where rows come without their padding. [places] and [rows] */
  readonly packing?: Places
}

/** Keys and values of one layer. [N · kvHeads, length, headDim] */
export interface KeysValues {
  readonly keys: tf.Tensor3D
  readonly values: tf.Tensor3D
}

type TextConfig = Qwen25VLConfig['text']

export const textShape = ({ heads, kvHeads, headDim, rmsEps }: TextConfig): LayerShape => ({
  heads,
  kvHeads,
  headDim,
  epsilon: rmsEps,
})

/**
 * Layer `i` of the decoder, folded. In training made anew a pass; the sampler makes all of them once a call. `prepare` sees every
 * affine part first.
 */
export const foldDecoderLayer = (
  p: Parameters,
  i: number,
  scale: tf.Tensor1D,
  gain: Gain,
  prepare: (part: Affine) => Affine = part => part,
): FoldedLayer => {
  const named = (name: string) => prepare(affine(p, `model.layers.${i}.${name}`))
  const norm = (name: string) => weight(p, `model.layers.${i}.${name}.weight`)
  const parts = ['q_proj', 'k_proj', 'v_proj'].map(part => named(`self_attn.${part}`))
  const biases = parts.flatMap(([, bias]) => (bias === undefined ? [] : [bias]))
  const weights = parts.map(([w]) => w)
  return fold({
    qkv: [
      above(weights),
      biases.length === 0 ? undefined : concat(biases, 0),
      stacked(parts.map(([w, , low]) => [w.shape[0]!, low])),
    ],
    out: named('self_attn.o_proj'),
    gate: named('mlp.gate_proj'),
    up: named('mlp.up_proj'),
    down: named('mlp.down_proj'),
    norm1: norm('input_layernorm'),
    norm2: norm('post_attention_layernorm'),
    scale,
    gain,
  })
}

/** [n · length, kvHeads, headDim] → [n · kvHeads, length, headDim]. */
const byHead = (x: tf.Tensor3D, n: number, length: number): tf.Tensor3D => {
  const [, kv, d] = x.shape
  return reshape(tf.transpose(reshape(x, [n, length, kv, d]), [0, 2, 1, 3]), [n * kv, length, d])
}

const attendPrompts = (
  q: tf.Tensor3D,
  kv: KeysValues,
  rows: Rows,
  { heads, kvHeads, headDim }: TextConfig,
): tf.Tensor => {
  const { prompts: n, promptLength: len } = rows
  const repeat = heads / kvHeads
  const grouped = tf.transpose(reshape(q, [n, len, kvHeads, repeat, headDim]), [0, 2, 3, 1, 4])
  const mixed = attendCausally(grouped, kv, rows.promptBlocks)
  const ordered = tf.transpose(mixed, [0, 3, 1, 2, 4])
  return reshape(ordered, [n * len, heads * headDim])
}

const attendCompletions = (
  q: tf.Tensor3D,
  k: tf.Tensor3D,
  v: tf.Tensor3D,
  prompt: KeysValues,
  rows: Rows,
  { heads, kvHeads, headDim }: TextConfig,
): tf.Tensor => {
  const { prompts: n, completionsPerPrompt: G, completionLength: C } = rows
  const repeat = heads / kvHeads
  const grouped = tf.transpose(reshape(q, [n, G, C, kvHeads, repeat, headDim]), [0, 3, 1, 4, 2, 5])
  const own = (x: tf.Tensor3D): tf.Tensor3D =>
    reshape(tf.transpose(reshape(x, [n, G, C, kvHeads, headDim]), [0, 3, 1, 2, 4]), [n * kvHeads * G, C, headDim])
  const mixed = attend(grouped, {
    keys: [prompt.keys, own(k)],
    values: [prompt.values, own(v)],
    rows: [n, heads * G, C],
    bias: rows.completionBias,
  })
  const ordered = tf.transpose(mixed, [0, 2, 4, 1, 3, 5])
  return reshape(ordered, [n * G * C, heads * headDim])
}

/**
 * One layer of the decoder over a batch of groups: hidden states [rows, hidden] → [rows, hidden].
 * `onPrompts` sees the prompts' keys and values (the sampler's prefill keeps them).
 */
export const decoderLayer = (
  layer: FoldedLayer,
  text: TextConfig,
  rows: Rows,
  x: tf.Tensor2D,
  onPrompts: (prompt: KeysValues) => void = () => {},
  dropout?: Dropout,
): tf.Tensor2D => {
  const promptRows = rows.prompts * rows.promptLength
  const completionRows = rows.prompts * rows.completionsPerPrompt * rows.completionLength
  const parts = (y: tf.Tensor3D): readonly [prompts: tf.Tensor3D, completions?: tf.Tensor3D] =>
    completionRows === 0 ? [y] : halves(y, [promptRows, completionRows], 0)
  const shape = { ...textShape(text), dropout }
  const { packing, rotation } = rows
  const placed = (y: tf.Tensor2D) => (packing === undefined ? y : moveRows(y, packing.rowAt, packing.placeOf))
  const packedAgain = (y: tf.Tensor) => (packing === undefined ? y : moveRows(y, packing.placeOf, packing.rowAt))
  const [q, k, v] = project(layer, shape, x, rotation, placed)
  const [[pq, cq], [pk, ck], [pv, cv]] = [parts(q), parts(k), parts(v)]
  const prompt = {
    keys: byHead(pk, rows.prompts, rows.promptLength),
    values: byHead(pv, rows.prompts, rows.promptLength),
  }
  onPrompts(prompt)
  const mixed = attendPrompts(pq, prompt, rows, text)
  const all =
    cq === undefined || ck === undefined || cv === undefined
      ? mixed
      : concat([mixed, attendCompletions(cq, ck, cv, prompt, rows, text)], 0)
  return finish(layer, shape, x, packedAgain(all))
}
