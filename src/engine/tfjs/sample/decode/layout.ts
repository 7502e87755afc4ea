import type { Qwen25VLConfig } from '../../model/config.ts'

/** What is decoded at once: N prompts of at most P tokens with G rows each, of at most `capacity` tokens. */
export interface Shape {
  readonly prompts: number
  readonly perPrompt: number
  readonly promptLength: number
  readonly maxTokens: number
  readonly threads: number
}

/** Places of a layer's parts in memory, in bytes, by the names and in the order of the kernel's `Layer`. */
const layerFields = [
  'qkv',
  'qkvBias',
  'out',
  'gain',
  'gate',
  'up',
  'down',
  'promptKeys',
  'promptValues',
  'keys',
  'values',
] as const
type LayerField = (typeof layerFields)[number]
export type LayerPlaces = Readonly<Record<LayerField, number>>

const shared = [
  'table',
  'lengths',
  'state',
  'queriesKeysValues',
  'mixed',
  'gated',
  'normed',
  'scores',
  'cosines',
  'sines',
  'norm',
  'head',
  'logits',
  'rows',
  'weights',
  'largest',
  'sums',
] as const
type SharedField = (typeof shared)[number]

/** Where everything lies in the kernel's memory, and how much of it there is. */
export interface Layout {
  readonly layers: readonly LayerPlaces[]
  readonly at: Readonly<Record<SharedField, number>>
  readonly blocks: number
  readonly places: number
  readonly capacity: number
  /** Room for a row's logits. */
  readonly width: number
  readonly bytes: number
}

/** The header's address, as in assembly/step.ts. */
const header = 64
const rowsInBlock = 8
const upTo = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple

/** Chunks of the vocabulary whose exponentials are summed apart, as in assembly/weigh.ts. */
export const chunksOf = (vocabulary: number): number => Math.ceil(vocabulary / 256)

/** Lays out the weights of a decoder, the caches and the activations one after the other. Pure: it also says whether all fits. */
export const layoutOf = ({ text }: Qwen25VLConfig, shape: Shape): Layout => {
  const { hiddenSize, intermediateSize, layers, heads, kvHeads, headDim, vocabSize } = text
  const blocks = Math.ceil((shape.prompts * shape.perPrompt) / rowsInBlock)
  const places = upTo(shape.promptLength, 8)
  const capacity = upTo(Math.max(1, shape.maxTokens), 8)
  const width = upTo(vocabSize, 4)
  let end = 1024
  const take = (words: number): number => {
    const at = end
    end = upTo(end + words * 4, 64)
    return at
  }
  const rows = (features: number): number => take(blocks * features * rowsInBlock)
  const qkv = (heads + 2 * kvHeads) * headDim
  const prompt = shape.prompts * kvHeads * places * headDim
  const table = take(layers * layerFields.length)
  return {
    layers: Array.from({ length: layers }, () => ({
      qkv: take(qkv * hiddenSize),
      qkvBias: take(qkv),
      out: take(hiddenSize * heads * headDim),
      gain: take(hiddenSize),
      gate: take(intermediateSize * hiddenSize),
      up: take(intermediateSize * hiddenSize),
      down: take(hiddenSize * intermediateSize),
      promptKeys: take(prompt),
      promptValues: take(prompt),
      keys: rows(kvHeads * capacity * headDim),
      values: rows(kvHeads * capacity * headDim),
    })),
    at: {
      table,
      lengths: take(shape.prompts),
      state: rows(hiddenSize),
      // Two hold the sums of a residual for a while: at least one hidden state.
      queriesKeysValues: rows(Math.max(qkv, hiddenSize)),
      mixed: rows(heads * headDim),
      gated: rows(Math.max(2 * intermediateSize, hiddenSize)),
      normed: rows(shape.threads * hiddenSize),
      scores: take(shape.threads * (places + capacity + headDim) * rowsInBlock),
      cosines: rows(headDim / 2),
      sines: rows(headDim / 2),
      norm: take(hiddenSize),
      head: take(vocabSize * hiddenSize),
      logits: rows(width),
      rows: rows(width),
      weights: rows(width),
      largest: rows(shape.threads),
      sums: rows(chunksOf(vocabSize)),
    },
    blocks,
    places,
    capacity,
    width,
    bytes: end,
  }
}

/** Words of the header that the caller writes; what lies before them belongs to the threads. */
export const writeHeader = (
  memory: ArrayBufferLike,
  { text }: Qwen25VLConfig,
  shape: Shape,
  layout: Layout,
  tokens: number,
  temperature: number,
): void => {
  const words = new Uint32Array(memory, header)
  words[0] = shape.threads
  const { layers, hiddenSize, heads, kvHeads, headDim, intermediateSize, vocabSize, rmsEps } = text
  const { blocks, places, capacity, width, at } = layout
  const sizes = [layers, hiddenSize, heads, kvHeads, headDim, intermediateSize, vocabSize]
  words.set([...sizes, blocks, shape.prompts, shape.perPrompt, places, capacity, tokens, width], 4)
  // At temperature 0 nothing is drawn by weights.
  new Float32Array(memory, header).set([rmsEps, 1 / (temperature || 1)], 18)
  words.set(
    shared.map(name => at[name]),
    20,
  )
  new Uint32Array(memory, at.table).set(layout.layers.flatMap(layer => layerFields.map(name => layer[name])))
}
