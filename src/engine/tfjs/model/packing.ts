import type { BatchLayout } from './batch-layout.ts'

/**
 * Rows without padding: what works on rows one by one (embeddings, norms, linear layers) sees each token once. Attention, which needs
 * sequences of one length, sees the places of the padded batch.
 */
interface Packing {
  /** The row that stands in each place. All padding is one row, the last, which nothing learns from. [places] */
  readonly rowAt: Int32Array
  /** The place of each row; of the last the first that is padding. [rows] */
  readonly placeOf: Int32Array
}

/** Rows in packed order, beside `positions`, which are those of places. */
export interface PackedLayout extends BatchLayout {
  readonly packing?: Packing
}

/** Most rows that packing may leave, as a share: it takes four more passes over them a layer. */
const worthPacking = 0.95

/**
 * Leaves out the rows of padding, and those of a completion's last token, which predict nothing; the layout as it is, where that leaves
 * nearly all. Pure.
 */
export const packed = (layout: BatchLayout): PackedLayout => {
  const { tokens, unitOf, predictedBy, filled } = layout
  const places = tokens.length
  const last = filled.length
  if (last + 1 > worthPacking * places) return layout
  const rowAt = new Int32Array(places).fill(last)
  filled.forEach((place, row) => {
    rowAt[place] = row
  })
  const placeOf = Int32Array.from({ length: last + 1 }, (_, row) => filled[row] ?? rowAt.indexOf(last))
  return {
    ...layout,
    tokens: placeOf.map((place, row) => (row === last ? 0 : tokens[place]!)),
    unitOf: placeOf.map((place, row) => (row === last ? -1 : unitOf[place]!)),
    predictedBy: predictedBy.map(place => rowAt[place]!),
    packing: { rowAt, placeOf },
  }
}
