import type { Qwen25VLConfig } from '../../model/config.ts'
import type { Stored } from './kernel-weights.ts'
import { type Layout, type Part, type Shape, type SharedPlaces, wordsOfLayer } from './layout.ts'

/** The header's address, as in assembly/shared.ts. */
const header = 64

const storedNumbers: Readonly<Record<Stored, number>> = { F32: 0, BF16: 1, I8: 2 }

/** The addresses of the kernel's header, in its order. */
const wordsOfShared = (at: SharedPlaces): readonly number[] => [
  at.table,
  at.lengths,
  at.live,
  at.state,
  at.queriesKeysValues,
  at.mixed,
  at.gated,
  at.normed,
  at.scores,
  at.cosines,
  at.sines,
  at.norm,
  at.head,
  at.logits,
  at.rows,
  at.weights,
  at.largest,
  at.sums,
]

/** Words of a part's header that the caller writes, and which blocks go on; what lies before them belongs to the threads. */
export const writeHeader = (
  memory: ArrayBufferLike,
  { text }: Qwen25VLConfig,
  shape: Shape,
  { places, capacity, width }: Layout,
  { at, layers, low, lowStep }: Part,
  step: {
    readonly stored: Stored
    readonly tokens: number
    readonly temperature: number
    readonly live: Int32Array
  },
): void => {
  const words = new Uint32Array(memory, header)
  const floats = new Float32Array(memory, header)
  words[0] = shape.threads
  const { hiddenSize, heads, kvHeads, headDim, intermediateSize, vocabSize, rmsEps } = text
  const sizes = [layers.length, hiddenSize, heads, kvHeads, headDim, intermediateSize, vocabSize]
  words.set([...sizes, step.live.length, shape.prompts, shape.perPrompt, places, capacity, step.tokens, width], 4)
  // At temperature 0 nothing is drawn by weights.
  floats.set([rmsEps, 1 / (step.temperature || 1)], 18)
  const addresses = wordsOfShared(at)
  words.set([...addresses, low, lowStep, storedNumbers[step.stored]], 20)
  floats[20 + addresses.length + 3] = headDim ** -0.5
  new Uint32Array(memory, at.table).set(layers.flatMap(wordsOfLayer))
  new Int32Array(memory, at.live).set(step.live)
}
