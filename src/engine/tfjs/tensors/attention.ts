import * as tf from '@tensorflow/tfjs-core'
import { lazyGrad } from './lazy-gradient.ts'
import { product } from './products.ts'
import { scoped } from './scoped.ts'

/** What queries attend to: keys and values of one or more sources, each in batches that cut the queries evenly. */
export interface Attended {
  /** [batch, length, headDim], each its own. */
  readonly keys: readonly tf.Tensor3D[]
  readonly values: readonly tf.Tensor3D[]
  /** All axes of the scores but the last, which is the lengths of all sources: their product is that of the queries' axes but the last. */
  readonly rows: readonly number[]
  /** Added to the scores; broadcasts to [...rows, Σ length]. A constant. */
  readonly bias?: tf.Tensor | undefined
}

const sumOf = (tensors: readonly tf.Tensor[]): tf.Tensor => tensors.reduce((a, b) => tf.add(a, b))

/**
 * Attention, softmax(q·kᵀ + bias)·v, of queries that come scaled: [..., headDim] → the same shape. One softmax spans all sources: each
 * source sees the queries as [its batch, …, headDim]. On the way back the row sums of P∘dP are those of o∘do (Dao et al. 2022,
 * "FlashAttention", eq. 4), which are as wide as a head and not as long as the prompt. Memory until then: the weights [...rows, Σ length].
 */
export const attend = (queries: tf.Tensor, { keys, values, rows, bias }: Attended): tf.Tensor => {
  const lengths = keys.map(({ shape }) => shape[1])
  const headDim = queries.shape.at(-1)!
  const many = lengths.length
  /** The queries, or what has their shape, as source `i` sees them. */
  const seen = (x: tf.Tensor, i: number): tf.Tensor => tf.reshape(x, [keys[i]!.shape[0]!, -1, headDim])
  /** Scores, or what has their shape, of source `i`. */
  const flat = (x: tf.Tensor, i: number): tf.Tensor => tf.reshape(x, [keys[i]!.shape[0]!, -1, lengths[i]!])
  const inRows = (x: tf.Tensor, i: number): tf.Tensor => tf.reshape(x, [...rows, lengths[i]!])
  const at = rows.length
  return lazyGrad([queries, ...keys, ...values], save => {
    const parts = keys.map((k, i) => inRows(product(seen(queries, i), k, false, true), i))
    const scores = many === 1 ? parts[0]! : tf.concat(parts, at)
    const weights = tf.softmax(bias === undefined ? scores : tf.add(scores, bias))
    const shares = many === 1 ? [weights] : tf.split(weights, lengths, at)
    const value = sumOf(values.map((v, i) => tf.reshape(product(flat(shares[i]!, i), v), queries.shape)))
    save([queries, ...keys, ...values, value, ...shares])
    return {
      value,
      gradients: (dy, saved) => {
        const [q, o] = [saved[0]!, saved[1 + 2 * many]!]
        const [k, v, p] = [saved.slice(1, 1 + many), saved.slice(1 + many, 1 + 2 * many), saved.slice(2 + 2 * many)]
        const all = scoped(() => {
          const inner = tf.reshape(tf.sum(tf.mul(o, dy), -1), [...rows, 1])
          const slopes = p.map((share, i) =>
            flat(tf.mul(share, tf.sub(inRows(product(seen(dy, i), v[i]!, false, true), i), inner)), i),
          )
          return [
            sumOf(slopes.map((slope, i) => tf.reshape(product(slope, k[i]!), q.shape))),
            ...slopes.map((slope, i) => product(slope, seen(q, i), true, false)),
            ...p.map((share, i) => product(flat(share, i), seen(dy, i), true, false)),
          ]
        })
        return all.map(gradient => () => gradient)
      },
    }
  })
}
