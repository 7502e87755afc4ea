import type { Qwen25VLConfig } from '../../model/config.ts'
import { type ProductName, rowBytesOf, type Stored } from './kernel-weights.ts'

type Text = Qwen25VLConfig['text']

/** Consecutive layers, from the first to before the end, that lie in one memory; the last range has the head as well. */
export interface PartRange {
  readonly first: number
  readonly end: number
  readonly withHead: boolean
}

/** Where the matrices of a part lie, bytes from the beginning of its memory. They come first, so that their places follow from the range alone. */
export interface MatrixPlaces {
  readonly layers: readonly Readonly<Record<ProductName, number>>[]
  /** 0 in a part without the head. */
  readonly head: number
  /** Of an embedding that is not the head, where it is stored as the head is; else 0. */
  readonly embeddings: number
  readonly end: number
}

/** Room for the kernel's header at the beginning of every memory. */
const headerBytes = 1024

/** Places one after the other, each at a multiple of 64 bytes. */
export const placesFrom = (start: number) => {
  let end = start
  return {
    bytes: (size: number): number => {
      const at = end
      end = 64 * Math.ceil((end + size) / 64)
      return at
    },
    end: () => end,
  }
}

/** Rows and columns of what the kernel multiplies by in a layer. */
export const productShapes = ({
  hiddenSize: hidden,
  intermediateSize: intermediate,
  heads,
  kvHeads,
  headDim,
}: Text): Readonly<Record<ProductName, readonly [rows: number, columns: number]>> => ({
  qkv: [(heads + 2 * kvHeads) * headDim, hidden],
  out: [hidden, heads * headDim],
  gate: [intermediate, hidden],
  up: [intermediate, hidden],
  down: [hidden, intermediate],
})

/** Lays out the matrices of a part. */
export const placeMatrices = (text: Text, stored: Stored, { first, end, withHead }: PartRange): MatrixPlaces => {
  const at = placesFrom(headerBytes)
  const shapes = productShapes(text)
  const place = (rows: number, columns: number): number => at.bytes(rows * rowBytesOf(stored, columns))
  const layers = Array.from({ length: end - first }, () => ({
    qkv: place(...shapes.qkv),
    out: place(...shapes.out),
    gate: place(...shapes.gate),
    up: place(...shapes.up),
    down: place(...shapes.down),
  }))
  const { vocabSize, hiddenSize, tied } = text
  return {
    layers,
    head: withHead ? place(vocabSize, hiddenSize) : 0,
    embeddings: withHead && !tied && stored !== 'F32' ? place(vocabSize, hiddenSize) : 0,
    end: at.end(),
  }
}

/**
 * Parts that are no larger than the limit, by a size that grows with the layers: as many layers in each as have room, the head in the last. Nothing
 * where one layer or the head alone is too large.
 */
export const partsWithin = (
  layers: number,
  limit: number,
  sizeOf: (range: PartRange) => number,
): readonly PartRange[] | undefined => {
  const parts: PartRange[] = []
  for (let first = 0; ; ) {
    const rest = { first, end: layers, withHead: true }
    if (sizeOf(rest) <= limit) return [...parts, rest]
    let end = layers
    while (end > first && sizeOf({ first, end, withHead: false }) > limit) end--
    if (end === first) return undefined
    parts.push({ first, end, withHead: false })
    first = end
  }
}
