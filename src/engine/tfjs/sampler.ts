import * as tf from '@tensorflow/tfjs-core'
import type { Completion, Prompt, Sampling } from '../engine.ts'
import { disposeBatch, makePrefill, textRotation } from './batch.ts'
import { type Drawn, draw } from './distribution.ts'
import { gatherRows } from './gather.ts'
import { headOf, hiddenStates, lastNorm, type Model } from './forward.ts'
import { weight } from './parameters.ts'
import type { MropeLayout } from './positions.ts'
import { product } from './products.ts'
import { uniformStream } from './random.ts'
import { scoped } from './scoped.ts'
import { finish, type KeysValues, project } from './text.ts'

interface State {
  readonly model: Model
  readonly prompts: number
  readonly perPrompt: number
  readonly promptCache: readonly KeysValues[]
  /** Hides the padding of prompts. [N, 1, 1, P] */
  readonly promptBias: tf.Tensor4D
}

/**
 * One token for every row at once: tokens and positions [N · G] → logits [N · G, vocabulary] and the rows' own longer caches
 * [N · kvHeads · G, t, headDim]. The weights are read once for all rows; a group's rows share the prompt's keys and values.
 */
const step = (
  { model, prompts: n, perPrompt: G, promptCache, promptBias }: State,
  own: readonly KeysValues[],
  tokens: Int32Array,
  positions: Int32Array,
): { readonly logits: tf.Tensor2D; readonly own: readonly KeysValues[] } => {
  const { text } = model.config
  const { heads, kvHeads, headDim } = text
  const repeat = heads / kvHeads
  const rotation = textRotation(positions, text)
  let x = gatherRows(weight(model.parameters, 'model.embed_tokens.weight'), tf.tensor1d(tokens, 'int32'))
  const grown: KeysValues[] = []
  for (let layer = 0; layer < text.layers; layer++) {
    const [q, k, v] = project(model.parameters, text, layer, x, rotation, model.turns.text)
    const byHead = (y: tf.Tensor3D): tf.Tensor3D =>
      tf.reshape(tf.transpose(tf.reshape(y, [n, G, kvHeads, headDim]), [0, 2, 1, 3]), [n * kvHeads * G, 1, headDim])
    const before = own[layer]
    const append = (old: tf.Tensor3D | undefined, y: tf.Tensor3D) =>
      old === undefined ? byHead(y) : tf.concat([old, byHead(y)], 1)
    const cache = { keys: append(before?.keys, k), values: append(before?.values, v) }
    grown.push(cache)
    const { keys, values } = promptCache[layer] as KeysValues
    const [P, T] = [keys.shape[1], cache.keys.shape[1]]
    const grouped = tf.transpose(tf.reshape(q, [n, G, kvHeads, repeat, headDim]), [0, 2, 1, 3, 4])
    const ofPrompt = product(tf.reshape(grouped, [n * kvHeads, G * repeat, headDim]), keys, false, true)
    const ofSelf = product(tf.reshape(grouped, [n * kvHeads * G, repeat, headDim]), cache.keys, false, true)
    const hidden = tf.add(tf.reshape(ofPrompt, [n, kvHeads * G, repeat, P]), promptBias)
    const weights = tf.softmax(tf.concat([hidden, tf.reshape(ofSelf, [n, kvHeads * G, repeat, T])], 3))
    const [a, b] = tf.split(weights, [P, T], 3) as [tf.Tensor, tf.Tensor]
    const mixed = tf.add(
      tf.reshape(product(tf.reshape(a, [n * kvHeads, G * repeat, P]), values), [-1, headDim]),
      tf.reshape(product(tf.reshape(b, [n * kvHeads * G, repeat, T]), cache.values), [-1, headDim]),
    )
    const ordered = tf.transpose(tf.reshape(mixed, [n, kvHeads, G, repeat, headDim]), [0, 2, 1, 3, 4])
    x = finish(model.parameters, text, layer, x, tf.reshape(ordered, [n * G, heads * headDim]))
  }
  return { logits: product(lastNorm(model, x), headOf(model), false, true) as tf.Tensor2D, own: grown }
}

const promptPadding = (lengths: Int32Array, P: number): tf.Tensor4D => {
  const bias = new Float32Array(lengths.length * P)
  lengths.forEach((length, n) => bias.fill(-1e9, n * P + length, (n + 1) * P))
  return tf.tensor4d(bias, [lengths.length, 1, 1, P])
}

/** Runs the prompts once: the keys and values of every layer, and the logits after each prompt [N, vocabulary]. */
const prefill = (model: Model, prompts: readonly Prompt[], layout: MropeLayout) => {
  const batch = makePrefill(prompts, model.config, layout)
  const { promptLength: P } = batch.rows
  const cache: KeysValues[] = []
  const logits = tf.tidy(() => {
    const hidden = hiddenStates(model, batch, ({ keys, values }) =>
      cache.push({ keys: tf.keep(keys), values: tf.keep(values) }),
    )
    const last = tf.tensor1d(Int32Array.from(batch.promptLengths, (length, n) => n * P + length - 1), 'int32')
    return product(lastNorm(model, gatherRows(hidden, last)), headOf(model), false, true)
  })
  const { nextPositions, promptLengths } = batch
  const bias = promptPadding(promptLengths, P)
  disposeBatch(batch)
  return { cache, logits, nextPositions, bias }
}

const disposeCaches = (caches: readonly KeysValues[]): void => {
  for (const { keys, values } of caches) tf.dispose([keys, values])
}

/**
 * Samples G completions a prompt, all prompts and completions in step. One prefill a prompt; the cache of a group's completions
 * holds only what is theirs. The random numbers of a completion depend on (seed, prompt index, completion index) alone.
 * `signal` is looked at before every token. Memory: prompts' caches + N · G own caches of at most `maxTokens`.
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
  const { cache, logits, nextPositions, bias } = prefill(model, prompts, layout)
  const state = { model, prompts: prompts.length, perPrompt: G, promptCache: cache, promptBias: bias }
  let own: readonly KeysValues[] = []
  try {
    take((await logits.data()) as Float32Array, r => Math.floor(r / G))
    for (let t = 1; t < maxTokens && rows.some(row => !row.done); t++) {
      signal?.throwIfAborted()
      const tokens = Int32Array.from(rows, row => row.drawn.at(-1)?.token ?? 0)
      const positions = Int32Array.from(rows, row => (nextPositions[row.prompt] as number) + t - 1)
      const next = scoped(() => step(state, own, tokens, positions))
      disposeCaches(own)
      own = next.own
      const values = (await next.logits.data()) as Float32Array
      next.logits.dispose()
      take(values, r => r)
    }
  } finally {
    tf.dispose([logits, bias])
    disposeCaches(cache)
    disposeCaches(own)
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
