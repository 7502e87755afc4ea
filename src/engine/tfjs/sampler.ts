import * as tf from '@tensorflow/tfjs-core'
import type { Completion, Prompt, Sampling } from '../engine.ts'
import { disposeBatch, makePrefill, textRotation } from './batch.ts'
import { type Drawn, draw } from './distribution.ts'
import {
  disposeLayers,
  embedTokens,
  finalNorm,
  foldLayers,
  hiddenLinks,
  logitsOf,
  type Model,
  startOf,
} from './forward.ts'
import { type FoldedLayer, finish, project } from './layer.ts'
import { through } from './link.ts'
import type { MropeLayout } from './positions.ts'
import { product } from './products.ts'
import { uniformStream } from './random.ts'
import { scoped } from './scoped.ts'
import { type KeysValues, textShape } from './text.ts'

interface State {
  readonly model: Model
  readonly layers: readonly FoldedLayer[]
  readonly prompts: number
  readonly perPrompt: number
  readonly promptCache: readonly KeysValues[]
  /** Hides the padding of prompts. [N, 1, 1, P] */
  readonly promptBias: tf.Tensor4D
}

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
  const padding = rest === 0 ? undefined : (tf.zeros([rows, rest, headDim]) as tf.Tensor3D)
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
  tf.tensor1d(Float32Array.from({ length }, (_, j) => (j < count ? 0 : -1e9)))

/**
 * One token for every row at once: tokens and positions [N · G] → logits [N · G, vocabulary] and the rows' own longer caches
 * [N · kvHeads · G, blocks, headDim]. The weights are read once for all rows; a group's rows share the prompt's keys and values.
 */
const step = (
  { model, layers, prompts: n, perPrompt: G, promptCache, promptBias }: State,
  own: readonly OwnCache[],
  tokens: Int32Array,
  positions: Int32Array,
  t: number,
): { readonly logits: tf.Tensor2D; readonly own: readonly OwnCache[] } => {
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
    const { keys, values } = promptCache[i] as KeysValues
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
    const [a, b] = tf.split(tf.softmax(scores), [P, T], 3) as [tf.Tensor, tf.Tensor]
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
    const [y, cache] = scoped(() => ofLayer(x, layer, i))
    grown.push(cache)
    return y
  }, embedded)
  return { logits: logitsOf(model, finalNorm(model).run(hidden)), own: grown }
}

const promptPadding = (lengths: Int32Array, P: number): tf.Tensor4D => {
  const bias = new Float32Array(lengths.length * P)
  for (const [n, length] of lengths.entries()) bias.fill(-1e9, n * P + length, (n + 1) * P)
  return tf.tensor4d(bias, [lengths.length, 1, 1, P])
}

/** Runs the prompts once: the keys and values of every layer, and the logits after each prompt [N, vocabulary]. */
const prefill = (model: Model, layers: readonly FoldedLayer[], prompts: readonly Prompt[], layout: MropeLayout) => {
  const batch = makePrefill(prompts, model.config, layout)
  const { promptLength: P } = batch.rows
  const cache: KeysValues[] = []
  const logits = tf.tidy(() => {
    const keep = ({ keys, values }: KeysValues) => cache.push({ keys: tf.keep(keys), values: tf.keep(values) })
    const last = tf.tensor1d(
      Int32Array.from(batch.promptLengths, (length, n) => n * P + length - 1),
      'int32',
    )
    const links = [...hiddenLinks(model, batch, layers, keep), finalNorm(model, last)]
    return logitsOf(model, through(links, startOf(model, batch)))
  })
  const { nextPositions, promptLengths } = batch
  const bias = promptPadding(promptLengths, P)
  disposeBatch(batch)
  return { cache, logits, nextPositions, bias }
}

const disposeCaches = (caches: readonly KeysValues[]): void => {
  for (const { keys, values } of caches) tf.dispose([keys, values])
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

/** A rollout on its way: all rows of all prompts in step. */
export interface Decoding {
  /** After each prompt. [N, vocabulary] */
  readonly logits: tf.Tensor2D
  /** Takes the next token of every row [N · G] and gives the logits after it [N · G, vocabulary], the caller's to free. */
  readonly next: (tokens: Int32Array) => tf.Tensor2D
  readonly dispose: () => void
}

/** Runs the prompts once, and then token by token. Memory: prompts' caches + N · G own caches, and the copies of `foldLayers`. */
export const startDecoding = (
  model: Model,
  prompts: readonly Prompt[],
  G: number,
  layout: MropeLayout,
  copies?: number,
): Decoding => {
  const layers = foldLayers(model, copies)
  const { cache, logits, nextPositions, bias } = prefill(model, layers, prompts, layout)
  const state = { model, layers, prompts: prompts.length, perPrompt: G, promptCache: cache, promptBias: bias }
  let own: readonly OwnCache[] = []
  let taken = 0
  return {
    logits,
    next: tokens => {
      const positions = Int32Array.from(tokens, (_, r) => (nextPositions[Math.floor(r / G)] as number) + taken)
      const next = scoped(() => step(state, own, tokens, positions, taken))
      disposeOwn(own, next.own)
      own = next.own
      taken++
      return next.logits
    },
    dispose: () => {
      tf.dispose([logits, bias])
      disposeCaches(cache)
      disposeOwn(own, [])
      disposeLayers(layers, model)
    },
  }
}

/**
 * Samples G completions a prompt, all prompts and completions in step. One prefill a prompt; the cache of a group's completions
 * holds only what is theirs. The random numbers of a completion depend on (seed, prompt index, completion index) alone.
 * `signal` is looked at before every token. Memory: `startDecoding`.
 */
export const sampleCompletions = async (
  model: Model,
  prompts: readonly Prompt[],
  sampling: Sampling,
  layout: MropeLayout,
  signal?: AbortSignal,
): Promise<readonly (readonly Completion[])[]> => {
  const { count: G, maxTokens, stop } = sampling
  const rows = Array.from({ length: prompts.length * G }, (_, r) => {
    const n = Math.floor(r / G)
    return {
      prompt: n,
      uniform: uniformStream(sampling.seed, n, r % G),
      seen: new Set((prompts[n] as Prompt).ids),
      drawn: [] as Drawn[],
      done: false,
    }
  })
  const take = (logits: Float32Array, rowOf: (r: number) => number): void => {
    const width = logits.length / (rowOf(rows.length - 1) + 1)
    rows.forEach((row, r) => {
      if (row.done) return
      const at = rowOf(r) * width
      const drawn = draw(logits.subarray(at, at + width), sampling, row.seen, row.uniform())
      row.drawn.push(drawn)
      row.seen.add(drawn.token)
      row.done = stop.includes(drawn.token)
    })
  }
  const decoding = startDecoding(model, prompts, G, layout)
  try {
    take((await decoding.logits.data()) as Float32Array, r => Math.floor(r / G))
    for (let t = 1; t < maxTokens && rows.some(row => !row.done); t++) {
      // Kernels end in microtasks: without this no timer, no file and no Ctrl-C would have its turn before the last token.
      await new Promise(resolve => setImmediate(resolve))
      signal?.throwIfAborted()
      const logits = decoding.next(Int32Array.from(rows, row => row.drawn.at(-1)?.token ?? 0))
      const values = (await logits.data()) as Float32Array
      logits.dispose()
      take(values, r => r)
    }
  } finally {
    decoding.dispose()
  }
  return prompts.map((_, n) =>
    rows.slice(n * G, (n + 1) * G).map(({ drawn, done }) => ({
      ids: Int32Array.from(drawn, d => d.token),
      logprobs: Float32Array.from(drawn, d => d.logprob),
      samplingLogprobs: Float32Array.from(drawn, d => d.samplingLogprob),
      stop: done ? 'stop' : 'length',
    })),
  )
}
