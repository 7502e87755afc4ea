import * as tf from '@tensorflow/tfjs-core'

/** Numbers of a piece: so many at least, and of a tensor that is cut so many at most. Even, as packed numbers stand two to a word. */
const pieceNumbers = 2 ** 22

/** Consecutive numbers of the flat vector of all that is trained: some tensors, or a part of one. */
export interface Piece {
  /** Place of its first number among all. */
  readonly from: number
  readonly size: number
  /** Its tensors by their places: the first, and the one after the last. */
  readonly tensors: readonly [first: number, end: number]
  /** Where it begins in its tensor, which is larger; nothing where its tensors are whole. */
  readonly within?: number
  /** Whether its tensors end with it. */
  readonly ends: boolean
}

/** A tensor in pieces of its own. */
const cut = (from: number, size: number, tensor: number, most: number): readonly Piece[] =>
  Array.from({ length: Math.ceil(size / most) }, (_, i): Piece => {
    const within = i * most
    const count = Math.min(most, size - within)
    return { from: from + within, size: count, tensors: [tensor, tensor + 1], within, ends: within + count === size }
  })

/** All tensors as one piece. */
export const onePiece = (sizes: readonly number[]): Piece => ({
  from: 0,
  size: sizes.reduce((sum, size) => sum + size, 0),
  tensors: [0, sizes.length],
  ends: true,
})

/**
 * Cuts tensors of these sizes, one after the other, into pieces of at least `numbers`: consecutive small ones together, a large one alone
 * or in several. One piece where all together are no more than two.
 */
export const piecesOf = (sizes: readonly number[], numbers = pieceNumbers): readonly Piece[] => {
  const whole = onePiece(sizes)
  if (whole.size <= 2 * numbers) return [whole]
  const pieces: Piece[] = []
  let [from, first, at] = [0, 0, 0]
  const close = (end: number): void => {
    if (end > first) pieces.push({ from, size: at - from, tensors: [first, end], ends: true })
    from = at
    first = end
  }
  for (const [i, size] of sizes.entries()) {
    if (size > 2 * numbers) {
      close(i)
      pieces.push(...cut(at, size, i, numbers))
      at += size
      from = at
      first = i + 1
    } else {
      at += size
      if (at - from >= numbers) close(i + 1)
    }
  }
  close(sizes.length)
  return pieces
}

/** How tensors of these sizes are cut for an optimiser. */
export const piecesFor = (
  { inPieces }: { readonly inPieces?: unknown },
  sizes: readonly number[],
  numbers?: number,
): readonly Piece[] => (inPieces === undefined ? [onePiece(sizes)] : piecesOf(sizes, numbers))

/** All numbers of some tensors, one after the other. */
const flatten = (tensors: readonly tf.Tensor[]): tf.Tensor1D =>
  tf.concat1d(tensors.map(x => (x.rank === 1 ? (x as tf.Tensor1D) : tf.reshape(x, [-1]))))

/** The numbers of a piece as a flat vector, the caller's to free; it may share them with its tensor. */
export const pieceOf = (
  { tensors: [first, end], within, size }: Piece,
  tensorAt: (i: number) => tf.Tensor,
): tf.Tensor1D =>
  tf.tidy(() => {
    const tensors = Array.from({ length: end - first }, (_, i) => tensorAt(first + i))
    const flat = flatten(tensors)
    return within === undefined ? flat : tf.slice1d(flat, within, size)
  })

/** Splits a flat vector back into tensors of the given shapes. */
export const unflatten = (flat: tf.Tensor1D, shapes: readonly (readonly number[])[]): tf.Tensor[] =>
  tf.tidy(() => {
    if (shapes.length === 1) return [tf.reshape(flat, [...shapes[0]!])]
    const sizes = shapes.map(shape => shape.reduce((a, b) => a * b, 1))
    return tf.split(flat, sizes, 0).map((part, i) => {
      const shape = shapes[i]!
      return shape.length === 1 ? part : tf.reshape(part, [...shape])
    })
  })
