import * as tf from '@tensorflow/tfjs-core'
import { byHead, byHeadBack } from '../tensors/head-product.ts'
import { shapeOf } from '../tensors/packed.ts'
import { product } from '../tensors/products.ts'
import { scoped } from '../tensors/scoped.ts'

/**
 * The head over the rows that predict a completion's token, in chunks of rows: for a vocabulary of 151,936 one [rows, vocabulary]
 * matrix of a group is larger than the model. What a chunk needs on the way back is computed again.
 */
export interface Head {
  /** Normalised hidden states. [tokens, hidden] */
  readonly rows: tf.Tensor2D
  /** [vocabulary, hidden]; may be packed. */
  readonly weight: tf.Tensor
  /** The token that each row predicts. [tokens] */
  readonly targets: Int32Array
}

/** Consecutive rows with the log Σ exp of their shifted logits [count, 1], and these logits where they are kept. */
interface Chunk {
  readonly from: number
  readonly count: number
  readonly logSum: tf.Tensor
  readonly shifted?: tf.Tensor
}

/** What the way forward leaves for the way back. Free with `disposeScores`. */
export interface Scores {
  /** log π(target). [tokens] */
  readonly logprobs: Float32Array
  /** Entropy of each row's distribution, nats, where it was asked for. [tokens] */
  readonly entropies?: Float32Array
  readonly chunks: readonly Chunk[]
}

/** [rows, vocabulary] matrices that are alive at once in either direction. */
export const matricesAtOnce = 4

/** What they may take together, bytes, unless one row alone takes more. */
const headBytes = 2 ** 28

/** Rows of which logits are made at once. */
export const rowsAtOnce = (vocabulary: number, bytes = headBytes): number =>
  Math.max(1, Math.floor(bytes / (matricesAtOnce * 4 * vocabulary)))

const rowsOf = (x: tf.Tensor2D, from: number, count: number): tf.Tensor2D =>
  count === x.shape[0] ? x : tf.slice(x, [from, 0], [count, -1])

/** Logits less the largest of their row. */
const shiftedLogits = ({ rows, weight }: Head, from: number, count: number): tf.Tensor =>
  tf.tidy(() => {
    const logits = byHead(rowsOf(rows, from, count), weight)
    return tf.sub(logits, tf.max(logits, -1, true))
  })

const probabilities = (shifted: tf.Tensor, logSum: tf.Tensor): tf.Tensor =>
  tf.tidy(() => tf.exp(tf.sub(shifted, logSum)))

/** The places of the targets in a chunk's matrix. [count, 2] */
const places = ({ targets }: Head, from: number, count: number): tf.Tensor2D =>
  tf.tensor2d(
    Int32Array.from({ length: count * 2 }, (_, i) => (i % 2 === 0 ? i / 2 : targets[from + (i - 1) / 2]!)),
    [count, 2],
    'int32',
  )

/**
 * log π(target) of every row, and on request the entropies. At most `bytes` of logits and what is made of them are alive at once;
 * where all rows fit into one chunk, its logits are kept for the way back.
 */
export const scoreTokens = (
  head: Head,
  { entropy = false, bytes = headBytes }: { readonly entropy?: boolean; readonly bytes?: number } = {},
): Scores => {
  const tokens = head.targets.length
  const most = rowsAtOnce(shapeOf(head.weight)[0]!, bytes)
  const logprobs = new Float32Array(tokens)
  const entropies = entropy ? new Float32Array(tokens) : undefined
  const chunks = Array.from({ length: Math.ceil(tokens / most) }, (_, i): Chunk => {
    const from = i * most
    const count = Math.min(most, tokens - from)
    const shifted = shiftedLogits(head, from, count)
    const logSum = tf.tidy(() => tf.log(tf.sum(tf.exp(shifted), -1, true)))
    const own = tf.tidy(() => tf.sub(tf.gatherND(shifted, places(head, from, count)), tf.reshape(logSum, [-1])))
    logprobs.set(own.dataSync(), from)
    own.dispose()
    if (entropies !== undefined) {
      const h = tf.tidy(() => tf.sub(logSum, tf.sum(tf.mul(probabilities(shifted, logSum), shifted), -1, true)))
      entropies.set(h.dataSync(), from)
      h.dispose()
    }
    if (count === tokens) return { from, count, logSum, shifted }
    shifted.dispose()
    return { from, count, logSum }
  })
  return { logprobs, chunks, ...(entropies === undefined ? {} : { entropies }) }
}

/**
 * Gradient of Σ slope · log π(target) by the rows, and by the weight where that is trained: slope · (one-hot − π), times the other
 * factor. `scores` must come from the same head. slopes [tokens] → [tokens, hidden] and [vocabulary, hidden].
 */
export const headGradient = (
  head: Head,
  { chunks }: Scores,
  slopes: Float32Array,
  trainsWeight: boolean,
): { readonly rows: tf.Tensor2D; readonly weight?: tf.Tensor } =>
  scoped(() => {
    const parts: tf.Tensor2D[] = []
    let weight: tf.Tensor | undefined
    for (const { from, count, logSum, shifted } of chunks) {
      const slope = tf.tidy(() => {
        const logits = shifted ?? shiftedLogits(head, from, count)
        const π = probabilities(logits, logSum)
        if (logits !== shifted) logits.dispose()
        const own = slopes.subarray(from, from + count)
        const hits = tf.scatterND(places(head, from, count), tf.tensor1d(own), π.shape)
        return tf.sub(hits, tf.mul(π, tf.tensor2d(own, [count, 1])))
      })
      parts.push(byHeadBack(slope, head.weight))
      if (trainsWeight) {
        const before = weight
        weight = tf.tidy(() => {
          const part = product(slope, rowsOf(head.rows, from, count), true, false)
          return before === undefined ? part : tf.add(before, part)
        })
        before?.dispose()
      }
      slope.dispose()
    }
    const rows = tf.concat(parts, 0)
    return weight === undefined ? { rows } : { rows, weight }
  })

export const disposeScores = ({ chunks }: Scores): void =>
  tf.dispose(chunks.flatMap(({ logSum, shifted }) => (shifted === undefined ? [logSum] : [logSum, shifted])))
