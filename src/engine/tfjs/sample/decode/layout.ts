import type { Qwen25VLConfig } from '../../model/config.ts'
import { type KernelWeights, type ProductName, productNames, type Ranks } from './kernel-weights.ts'
import { type MatrixPlaces, type PartRange, partsWithin, placeMatrices, placesFrom, productShapes } from './matrices.ts'

/** What is decoded at once: N prompts of at most P tokens with G rows each, of at most `capacity` tokens. */
export interface Shape {
  readonly prompts: number
  readonly perPrompt: number
  readonly promptLength: number
  readonly maxTokens: number
  readonly threads: number
}

/** Places of a layer's own parts in memory, in bytes. */
interface OwnPlaces {
  readonly qkvBias: number
  readonly gain: number
  readonly promptKeys: number
  readonly promptValues: number
  readonly keys: number
  readonly values: number
  readonly norm: number
}
/** Places of an adapter's two matrices, and its rank; at rank 0 there are none. */
export interface LowPlaces {
  readonly down: number
  readonly up: number
  readonly rank: number
}
/** Where one layer's parts lie. */
export interface LayerPlaces {
  readonly own: OwnPlaces
  readonly matrices: Readonly<Record<ProductName, number>>
  readonly lows: Readonly<Record<ProductName, LowPlaces>>
}

/** What a part has once, in the order of the kernel's header. */
export interface SharedPlaces {
  readonly table: number
  readonly lengths: number
  /** Which blocks go on. */
  readonly live: number
  readonly state: number
  readonly queriesKeysValues: number
  readonly mixed: number
  readonly gated: number
  readonly normed: number
  readonly scores: number
  readonly cosines: number
  readonly sines: number
  /** From here on 0 in a part without the head. */
  readonly norm: number
  readonly head: number
  readonly logits: number
  readonly rows: number
  readonly weights: number
  readonly largest: number
  readonly sums: number
}

/** Some consecutive layers in a memory of their own; the last part has the head. */
export interface Part {
  /** Number of its first layer. */
  readonly first: number
  readonly layers: readonly LayerPlaces[]
  readonly at: SharedPlaces
  /** Room for what adapters take from rows: all, and of each thread. */
  readonly low: number
  readonly lowStep: number
  /** Place of the embeddings where they are in this memory and not the head; else 0. */
  readonly embeddings: number
  /** Up to here there are matrices, from here on what a rollout needs besides. */
  readonly matrixBytes: number
  readonly bytes: number
}

/** Rounded sizes that all parts have. */
interface Sizes {
  readonly blocks: number
  readonly places: number
  readonly capacity: number
  /** Room for a row's logits. */
  readonly width: number
}

/** Where everything lies in the kernel's memories, and how much of it there is in all. */
export interface Layout extends Sizes {
  readonly parts: readonly Part[]
  readonly bytes: number
}

type Text = Qwen25VLConfig['text']

/** Rows that stand side by side in vectors, as in assembly/step.ts. */
export const rowsInBlock = 8
const upTo = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple

/** Chunks of the vocabulary whose exponentials are summed apart, as in assembly/weigh.ts. */
export const chunksOf = (vocabulary: number): number => Math.ceil(vocabulary / 256)

/** 4 GiB, all that 32-bit addresses reach: no memory is larger. */
export const mostBytes = 2 ** 32

/** Places one after the other: of so many bytes, words, or features of all rows. */
const roomsFrom = (start: number, blocks: number) => {
  const { bytes, end } = placesFrom(start)
  const take = (words: number): number => bytes(4 * words)
  return { bytes, take, rows: (features: number) => take(blocks * features * rowsInBlock), end }
}
type Rooms = ReturnType<typeof roomsFrom>

const none: LowPlaces = { down: 0, up: 0, rank: 0 }

const layerPlaces = (
  text: Text,
  matrices: LayerPlaces['matrices'],
  ranks: Ranks | undefined,
  { places, capacity }: Sizes,
  prompts: number,
  { take, rows }: Rooms,
): LayerPlaces => {
  const { hiddenSize: hidden, heads, kvHeads, headDim } = text
  const qkv = (heads + 2 * kvHeads) * headDim
  const prompt = prompts * kvHeads * places * headDim
  const shapes = productShapes(text)
  const low = (name: ProductName): LowPlaces => {
    const [outputs, inputs] = shapes[name]
    const rank = ranks?.[name] ?? 0
    return rank === 0 ? none : { down: take(rank * inputs), up: take(outputs * rank), rank }
  }
  return {
    matrices,
    own: {
      qkvBias: take(qkv),
      gain: take(hidden),
      promptKeys: take(prompt),
      promptValues: take(prompt),
      keys: rows(kvHeads * capacity * headDim),
      values: rows(kvHeads * capacity * headDim),
      norm: take(hidden),
    },
    lows: { qkv: low('qkv'), out: low('out'), gate: low('gate'), up: low('up'), down: low('down') },
  }
}

const layerWords = 27

const sharedPlaces = (
  { hiddenSize: hidden, intermediateSize: intermediate, heads, kvHeads, headDim, vocabSize }: Text,
  { head }: MatrixPlaces,
  { blocks, places, capacity, width }: Sizes,
  { prompts, threads }: Shape,
  { take, rows }: Rooms,
  table: number,
): SharedPlaces => {
  const last = (place: () => number): number => (head > 0 ? place() : 0)
  return {
    table,
    lengths: take(prompts),
    live: take(blocks),
    state: rows(hidden),
    // Two hold the sums of a residual for a while: at least one hidden state.
    queriesKeysValues: rows(Math.max((heads + 2 * kvHeads) * headDim, hidden)),
    mixed: rows(heads * headDim),
    gated: rows(Math.max(2 * intermediate, hidden)),
    normed: rows(threads * hidden),
    scores: take(threads * (places + capacity + headDim) * rowsInBlock),
    cosines: rows(headDim / 2),
    sines: rows(headDim / 2),
    norm: last(() => take(hidden)),
    head,
    logits: last(() => rows(width)),
    rows: last(() => rows(width)),
    weights: last(() => rows(width)),
    largest: last(() => rows(threads)),
    sums: last(() => rows(chunksOf(vocabSize))),
  }
}

/** Lays out a part: its matrices, then all else. */
const partOf = (text: Text, shape: Shape, weights: KernelWeights, sizes: Sizes, range: PartRange): Part => {
  const matrices = placeMatrices(text, weights.stored, range)
  const at = roomsFrom(matrices.end, sizes.blocks)
  const mostRank = Math.max(0, ...weights.ranks.flatMap(ranks => Object.values(ranks)))
  const lowStep = 4 * sizes.blocks * mostRank * rowsInBlock
  const table = at.take(matrices.layers.length * layerWords)
  const layers = matrices.layers.map((places, i) =>
    layerPlaces(text, places, weights.ranks[range.first + i], sizes, shape.prompts, at),
  )
  const shared = sharedPlaces(text, matrices, sizes, shape, at, table)
  const low = at.bytes(shape.threads * lowStep)
  const { embeddings, end: matrixBytes } = matrices
  return { first: range.first, layers, at: shared, low, lowStep, embeddings, matrixBytes, bytes: at.end() }
}

/**
 * Lays out the weights of a decoder, the caches and the activations one after the other, in as many memories as that takes: as many layers
 * in each as have room in `limit` bytes, the head in the last; or as `ranges` say, where the matrices are in their places already. Pure: it
 * also says what all takes. Nothing where something is too large.
 */
export const layoutOf = (
  { text }: Qwen25VLConfig,
  shape: Shape,
  weights: KernelWeights = { stored: 'F32', ranks: [] },
  limit = mostBytes,
  ranges?: readonly PartRange[],
): Layout | undefined => {
  const sizes: Sizes = {
    blocks: Math.ceil((shape.prompts * shape.perPrompt) / rowsInBlock),
    places: upTo(shape.promptLength, 8),
    capacity: upTo(Math.max(1, shape.maxTokens), 8),
    width: upTo(text.vocabSize, 4),
  }
  const part = (range: PartRange): Part => partOf(text, shape, weights, sizes, range)
  const parts = (ranges ?? partsWithin(text.layers, limit, range => part(range).bytes))?.map(part)
  if (parts === undefined || parts.some(({ bytes }) => bytes > limit)) return undefined
  return { ...sizes, parts, bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0) }
}

/** The words of the kernel's `Layer`, in its order. */
export const wordsOfLayer = ({ own, matrices, lows }: LayerPlaces): readonly number[] => [
  matrices.qkv,
  own.qkvBias,
  matrices.out,
  own.gain,
  matrices.gate,
  matrices.up,
  matrices.down,
  own.promptKeys,
  own.promptValues,
  own.keys,
  own.values,
  own.norm,
  ...productNames.flatMap(name => [lows[name].down, lows[name].up, lows[name].rank]),
]
