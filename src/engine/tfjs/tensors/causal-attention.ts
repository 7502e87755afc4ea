import * as tf from '@tensorflow/tfjs-core'
import { attend } from './attention.ts'
import { concat, parts } from './unsaved.ts'

/** Consecutive rows of a sequence, which see nothing behind the last of them. */
export interface CausalBlock {
  readonly rows: number
  /** What they may see of themselves and all before: 0 or −1e9. Broadcasts to [n, heads, rows, rows up to the last of them]. */
  readonly bias: tf.Tensor4D
}

/** Rows of a block, about: half of its own square is seen by nobody, and small products take longer a number. */
const rowsOfABlock = 128

/** Numbers of rows, about equal, into which a sequence is cut; one block where two would hardly be worth it. */
export const blockRows = (length: number): readonly number[] => {
  const count = length <= 2 * rowsOfABlock ? 1 : Math.ceil(length / rowsOfABlock)
  const end = (b: number): number => Math.floor((b * length) / count)
  return Array.from({ length: count }, (_, b) => end(b + 1) - end(b))
}

/** Blocks of so many rows, with what a bias of whole sequences [n, length, length] says of them. The caller's to free. */
export const causalBlocks = (sizes: readonly number[], bias: Float32Array, n: number): readonly CausalBlock[] =>
  tf.tidy(() => {
    const length = sizes.reduce((sum, rows) => sum + rows, 0)
    const whole = tf.tensor4d(bias, [n, 1, length, length])
    if (sizes.length === 1) return [{ rows: length, bias: whole }]
    let from = 0
    return sizes.map(rows => {
      const block = tf.slice4d(whole, [0, 0, from, 0], [n, 1, rows, from + rows])
      from += rows
      return { rows, bias: block }
    })
  })

/**
 * `attend` of sequences to themselves, each row to what is not behind it, block by block: what lies behind a block is neither multiplied
 * nor kept, up to half of all scores. Queries [n, kvHeads, repeat, length, headDim], keys and values [n · kvHeads, length, headDim] → the
 * shape of the queries. Memory until the way back: the weights of all blocks, [n, heads, rows, rows up to the last of them].
 */
export const attendCausally = (
  queries: tf.Tensor,
  { keys, values }: { readonly keys: tf.Tensor3D; readonly values: tf.Tensor3D },
  blocks: readonly CausalBlock[],
): tf.Tensor => {
  const [n, kvHeads, repeat] = queries.shape as [number, number, number]
  const at = queries.rank - 2
  const sizes = blocks.map(({ rows }) => rows)
  const [own, k, v] = [parts(queries, sizes, at), parts(keys, sizes, 1), parts(values, sizes, 1)]
  const upTo = (pieces: readonly tf.Tensor3D[], b: number): tf.Tensor3D =>
    b === 0 ? pieces[0]! : (concat(pieces.slice(0, b + 1), 1) as tf.Tensor3D)
  const mixed = blocks.map(({ rows, bias }, b) =>
    attend(own[b]!, { keys: [upTo(k, b)], values: [upTo(v, b)], rows: [n, kvHeads * repeat, rows], bias }),
  )
  return mixed.length === 1 ? mixed[0]! : concat(mixed, at)
}
