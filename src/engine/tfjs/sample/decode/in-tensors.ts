import * as tf from '@tensorflow/tfjs-core'
import { blind } from '../../model/attention-bias.ts'
import { textShape } from '../../model/decoder.ts'
import { embedTokens, finalNorm, logitsOf } from '../../model/forward.ts'
import { type FoldedLayer, finish, project } from '../../model/layer.ts'
import { textRotation } from '../../model/mrope.ts'
import { product } from '../../tensors/products.ts'
import { scoped } from '../../tensors/scoped.ts'
import { halves } from '../../tensors/unsaved.ts'
import { floatsOf, type Prefilled, rowsOf, type Stepper } from './decoding.ts'

/** Own caches grow in blocks, so that shapes, and with them the kernels that oneDNN compiles for them, rarely change. */
const block = 16

/** The own keys or values of all rows: whole blocks, and the tokens since. Both [rows, length, headDim]. */
interface Grown {
  readonly whole?: tf.Tensor3D
  readonly recent: tf.Tensor3D
}

/** One more token [rows, 1, headDim]: what is kept, and the cache padded to whole blocks. */
const appended = (
  cache: Grown | undefined,
  token: tf.Tensor3D,
): { readonly kept: Grown; readonly padded: tf.Tensor3D } => {
  const [rows, , headDim] = token.shape
  const full = cache !== undefined && cache.recent.shape[1] === block
  const whole = full ? join([cache.whole, cache.recent]) : cache?.whole
  const recent = cache === undefined || full ? token : join([cache.recent, token])
  const rest = block - recent.shape[1]
  const padding = rest === 0 ? undefined : tf.zeros<tf.Rank.R3>([rows, rest, headDim])
  return { kept: { recent, ...(whole === undefined ? {} : { whole }) }, padded: join([whole, recent, padding]) }
}

const join = (parts: readonly (tf.Tensor3D | undefined)[]): tf.Tensor3D =>
  tf.concat(
    parts.filter(part => part !== undefined),
    1,
  )

interface OwnCache {
  readonly keys: Grown
  readonly values: Grown
}

/** 0 at the first `count` places, −1e9 at the others. [length] */
const placesSoFar = (count: number, length: number): tf.Tensor1D =>
  tf.tensor1d(Float32Array.from({ length }, (_, j) => (j < count ? 0 : blind)))

/**
 * One token for every row at once: tokens and positions [N · G] → logits [N · G, vocabulary] and the rows' own longer caches
 * [N · kvHeads · G, blocks, headDim]. The weights are read once for all rows; a group's rows share the prompt's keys and values.
 */
const step = (
  { model, layers, cache, lengths, perPrompt: G }: Prefilled,
  promptBias: tf.Tensor4D,
  own: readonly OwnCache[],
  tokens: Int32Array,
  positions: Int32Array,
  t: number,
): { readonly logits: tf.Tensor2D; readonly own: readonly OwnCache[] } => {
  const n = lengths.length
  const { text } = model.config
  const shape = textShape(text)
  const { heads, kvHeads, headDim } = shape
  const repeat = heads / kvHeads
  const rotation = textRotation(positions, text)
  const T = (Math.floor(t / block) + 1) * block
  const bias = placesSoFar(t + 1, T)
  const byHead = (y: tf.Tensor3D): tf.Tensor3D =>
    tf.reshape(tf.transpose(tf.reshape(y, [n, G, kvHeads, headDim]), [0, 2, 1, 3]), [n * kvHeads * G, 1, headDim])
  const grown: OwnCache[] = []
  const embedded = embedTokens(model, tf.tensor1d(tokens, 'int32'))
  const ofLayer = (x: tf.Tensor2D, layer: FoldedLayer, i: number): readonly [tf.Tensor2D, OwnCache] => {
    const [q, k, v] = project(layer, shape, x, rotation)
    const { keys, values } = cache[i]!
    const ownKeys = appended(own[i]?.keys, byHead(k))
    const ownValues = appended(own[i]?.values, byHead(v))
    const P = keys.shape[1]
    const grouped = tf.transpose(tf.reshape(q, [n, G, kvHeads, repeat, headDim]), [0, 2, 1, 3, 4])
    const ofPrompt = product(tf.reshape(grouped, [n * kvHeads, G * repeat, headDim]), keys, false, true)
    const ofSelf = product(tf.reshape(grouped, [n * kvHeads * G, repeat, headDim]), ownKeys.padded, false, true)
    const scores = tf.concat(
      [
        tf.add(tf.reshape(ofPrompt, [n, kvHeads * G, repeat, P]), promptBias),
        tf.add(tf.reshape(ofSelf, [n, kvHeads * G, repeat, T]), bias),
      ],
      3,
    )
    const [a, b] = halves(tf.softmax(scores), [P, T], 3)
    const mixed = tf.add(
      tf.reshape(product(tf.reshape(a, [n * kvHeads, G * repeat, P]), values), [-1, headDim]),
      tf.reshape(product(tf.reshape(b, [n * kvHeads * G, repeat, T]), ownValues.padded), [-1, headDim]),
    )
    const ordered = tf.transpose(tf.reshape(mixed, [n, kvHeads, G, repeat, headDim]), [0, 2, 1, 3, 4])
    return [
      finish(layer, shape, x, tf.reshape(ordered, [n * G, heads * headDim])),
      { keys: ownKeys.kept, values: ownValues.kept },
    ]
  }
  const hidden = layers.reduce((x, layer, i) => {
    const [y, kept] = scoped(() => ofLayer(x, layer, i))
    grown.push(kept)
    return y
  }, embedded)
  return { logits: logitsOf(model, finalNorm(model).run(hidden)), own: grown }
}

/** Hides the padding of prompts. [N, 1, 1, P] */
const promptPadding = (lengths: Int32Array, P: number): tf.Tensor4D => {
  const bias = new Float32Array(lengths.length * P)
  for (const [n, length] of lengths.entries()) bias.fill(blind, n * P + length, (n + 1) * P)
  return tf.tensor4d(bias, [lengths.length, 1, 1, P])
}

/** Frees what is no longer part of the next caches. */
const disposeOwn = (own: readonly OwnCache[], next: readonly OwnCache[]): void => {
  const parts = (caches: readonly OwnCache[]) =>
    caches.flatMap(({ keys, values }) =>
      [keys.recent, values.recent, keys.whole, values.whole].filter(x => x !== undefined),
    )
  const kept = new Set(parts(next))
  tf.dispose(parts(own).filter(tensor => !kept.has(tensor)))
}

/** Rows that have ended are taken along, with any token. */
const stillThere = (token: number): number => Math.max(0, token)

/** Steps in tensors, on whatever backend is selected: for graphics cards, and for models that the kernel has no room for. */
export const stepInTensors = (prefilled: Prefilled): Stepper => {
  const bias = promptPadding(prefilled.lengths, prefilled.cache[0]?.keys.shape[1] ?? 0)
  let own: readonly OwnCache[] = []
  return {
    step: (tokens, positions, t) => {
      const next = scoped(() => step(prefilled, bias, own, tokens.map(stillThere), positions, t))
      disposeOwn(own, next.own)
      own = next.own
      const values = floatsOf(next.logits)
      const [, width] = next.logits.shape
      next.logits.dispose()
      return rowsOf(values, width, prefilled.temperature)
    },
    dispose: () => {
      bias.dispose()
      disposeOwn(own, [])
    },
  }
}
