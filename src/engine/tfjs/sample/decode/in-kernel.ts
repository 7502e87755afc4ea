import { inverseFrequencies } from '../../model/rotary.ts'
import { type Arithmetic, compiled } from './compiled.ts'
import { coresForSampling } from './cores.ts'
import type { Prefilled, ScoresOf, Stepper } from './decoding.ts'
import { embeddingsOf } from './embeddings.ts'
import { fillPart } from './fill-memory.ts'
import { kernelWeightsOf, type Stored } from './kernel-weights.ts'
import { chunksOf, type Layout, layoutOf, type Part, rowsInBlock, type Shape } from './layout.ts'
import { residenceOf, residentParts } from './residence.ts'
import { type Kernel, reserve, startKernel } from './threads.ts'
import { writeHeader } from './write-header.ts'

/** More threads than this gain nothing: memory's width is used up. */
const mostThreads = 8
/** A kernel that is not in use is kept when its memory is small; it starts in about 50 ms. */
const smallBytes = 256 * 2 ** 20
let idle: Kernel | undefined

/** Whether a kernel works over so many memories of its own, or over those given. */
const isOver = ({ memories, lent }: Kernel, over: number | readonly WebAssembly.Memory[]): boolean =>
  typeof over === 'number' ? !lent && memories.length === over : memories[0] === over[0]

const acquire = async (
  threads: number,
  over: number | readonly WebAssembly.Memory[],
  asked?: Arithmetic,
): Promise<Kernel> => {
  const code = compiled(asked)
  if (code === undefined) throw new Error('this Node has no relaxed SIMD: ask for the plain kernel')
  const kept = idle
  idle = undefined
  if (kept?.arithmetic === code.arithmetic && isOver(kept, over)) return kept
  kept?.stop()
  return startKernel(threads, over, code)
}

const release = (kernel: Kernel): void => {
  const bytes = kernel.memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)
  if (idle === undefined && bytes <= smallBytes) idle = kernel
  else kernel.stop()
}

const shapeOf = ({ cache, lengths, perPrompt, maxTokens }: Prefilled): Shape => ({
  prompts: lengths.length,
  perPrompt,
  promptLength: cache[0]?.keys.shape[1] ?? 0,
  maxTokens,
  threads: Math.min(mostThreads, coresForSampling()),
})

/** How a rollout lies in memory. */
interface Plan {
  readonly shape: Shape
  readonly stored: Stored
  readonly layout: Layout
  /** The memories in which the weights are already. */
  readonly memories?: readonly WebAssembly.Memory[]
}

/** Where the weights are, if there is room for the rest behind them, or apart; nothing where a layer or the head alone is too large. */
const planOf = (prefilled: Prefilled, limit?: number): Plan | undefined => {
  const { config, parameters } = prefilled.model
  const [shape, weights] = [shapeOf(prefilled), kernelWeightsOf(parameters, config)]
  const { stored } = weights
  const residence = residenceOf(parameters, config)
  const within = residence && layoutOf(config, shape, weights, limit, residence.parts)
  if (within !== undefined) return { shape, stored, layout: within, memories: residence!.memories }
  const apart = layoutOf(config, shape, weights, limit)
  return apart && { shape, stored, layout: apart }
}

/** What a rollout in the kernel takes beside tensors, bytes: all, and what of it stays when it has ended. */
export interface KernelBytes {
  readonly all: number
  readonly kept: number
}

/**
 * Weights, where they are copied, all caches, activations. With `resident` for packed weights that would be where the kernel reads them.
 * Nothing where it cannot run.
 */
export const kernelBytes = (prefilled: Prefilled, resident: boolean): KernelBytes | undefined => {
  const { config, parameters } = prefilled.model
  const [shape, weights] = [shapeOf(prefilled), kernelWeightsOf(parameters, config)]
  const ranges = resident && weights.stored !== 'F32' ? residentParts(config, weights.stored) : undefined
  const within = ranges && layoutOf(config, shape, weights, undefined, ranges)
  if (within !== undefined) {
    const besides = within.parts.reduce((sum, { bytes, matrixBytes }) => sum + bytes - matrixBytes, 0)
    return { all: besides, kept: besides }
  }
  const apart = layoutOf(config, shape, weights)
  return apart && { all: apart.bytes, kept: apart.bytes <= smallBytes ? apart.bytes : 0 }
}

/** Whether the kernel can run it: each layer and the head have room in a memory. */
export const fitsKernel = (prefilled: Prefilled): boolean => planOf(prefilled) !== undefined

/** The blocks in which a row goes on, in their order. */
const liveBlocks = (tokens: Int32Array): Int32Array =>
  Int32Array.from(new Set([...tokens].flatMap((token, row) => (token < 0 ? [] : [Math.floor(row / rowsInBlock)]))))

/** What the kernel leaves for drawing of the blocks that go on. */
const scoresIn = (
  memory: ArrayBufferLike,
  { at }: Part,
  { blocks, width }: Layout,
  threads: number,
  vocabulary: number,
) => {
  const chunks = chunksOf(vocabulary)
  const largest = new Float32Array(memory, at.largest, threads * blocks * rowsInBlock)
  const sums = new Float32Array(memory, at.sums, chunks * blocks * rowsInBlock)
  return (live: Int32Array): ScoresOf =>
    row => {
      const place = live.indexOf(Math.floor(row / rowsInBlock)) * rowsInBlock + (row % rowsInBlock)
      const half = place >> 2
      let [top, sum] = [Number.NEGATIVE_INFINITY, 0]
      for (let t = 0; t < threads; t++) top = Math.max(top, largest[t * live.length * rowsInBlock + place]!)
      for (let c = 0; c < chunks; c++) sum += sums[(half * chunks + c) * 4 + (place & 3)]!
      const rowAt = (address: number) => new Float32Array(memory, address + place * width * 4, vocabulary)
      return { logits: rowAt(at.rows), weights: rowAt(at.weights), largest: top, sum }
    }
}

/** Writes what a step starts from: embeddings of the tokens into the first part, turns of their positions into every part; of blocks that go on. */
const starter = (
  kernel: Kernel,
  { model }: Prefilled,
  layout: Layout,
  embeddingOf: ReturnType<typeof embeddingsOf>,
) => {
  const { hiddenSize, headDim, ropeTheta } = model.config.text
  const frequencies = inverseFrequencies(headDim, ropeTheta)
  const half = headDim / 2
  const view = (part: number, address: number, features: number) =>
    new Float32Array(kernel.memories[part]!.buffer, address, layout.blocks * features * rowsInBlock)
  const states = layout.parts.map(({ at }, part) => view(part, at.state, hiddenSize))
  const turns = layout.parts.map(({ at }, part) => [view(part, at.cosines, half), view(part, at.sines, half)] as const)
  const startRow = (token: number, position: number, block: number, lane: number): void => {
    const embedding = embeddingOf(token)
    for (let i = 0; i < hiddenSize; i++) states[0]![(block * hiddenSize + i) * rowsInBlock + lane] = embedding[i]!
    for (let i = 0; i < half; i++) {
      const angle = position * frequencies[i]!
      for (const [cosines, sines] of turns) {
        cosines[(block * half + i) * rowsInBlock + lane] = Math.cos(angle)
        sines[(block * half + i) * rowsInBlock + lane] = Math.sin(angle)
      }
    }
  }
  // Beside one that goes on, a row that has ended goes on from any token.
  const start = (tokens: Int32Array, positions: Int32Array, live: Int32Array): void =>
    live.forEach((place, block) => {
      const rows = tokens.subarray(place * rowsInBlock, (place + 1) * rowsInBlock)
      rows.forEach((token, lane) => {
        startRow(Math.max(0, token), positions[place * rowsInBlock + lane]!, block, lane)
      })
    })
  return { start, handOver: (part: number): void => states[part]!.set(states[part - 1]!) }
}

/**
 * Steps in the WebAssembly kernel (assembly/step.ts) on all cores: no call a token costs more than its arithmetic, and the
 * weights are read once a token for all rows, packed where they are. Memory: all caches, behind the weights where those lie in the kernel's
 * memory (`residenceOf`), where they stay; else with a copy of the decoder's weights, which is freed with the sampling when it is large. A memory has
 * at most 4 GiB (`limit`); hidden states are handed on through several. Products are added in
 * one instruction where this Node and its processor can, unless the plain arithmetic is asked for: the last digits differ, the rest does not.
 */
export const stepInKernel = async (prefilled: Prefilled, asked?: Arithmetic, limit?: number): Promise<Stepper> => {
  const { temperature, model } = prefilled
  const { config } = model
  const plan = planOf(prefilled, limit)
  if (plan === undefined) throw new Error('a layer of this model, or its head, is larger than a memory of the kernel')
  const { shape, stored, layout } = plan
  const { parts } = layout
  const kernel = await acquire(shape.threads, plan.memories ?? parts.length, asked)
  const memories = parts.map((part, i) => {
    reserve(kernel.memories[i]!, part.bytes)
    const { buffer } = kernel.memories[i]!
    fillPart(buffer, prefilled, layout, part, { stored, copies: plan.memories === undefined })
    return buffer
  })
  const [last, end] = [parts.at(-1)!, memories.at(-1)!]
  const { start, handOver } = starter(kernel, prefilled, layout, embeddingsOf(model, stored, end, last))
  const scoresOf = scoresIn(end, last, layout, shape.threads, config.text.vocabSize)
  return {
    step: (tokens, positions, t) => {
      const live = liveBlocks(tokens)
      start(tokens, positions, live)
      parts.forEach((part, i) => {
        if (i > 0) handOver(i)
        writeHeader(memories[i]!, config, shape, layout, part, { stored, tokens: t, temperature, live })
        kernel.run(i)
      })
      return scoresOf(live)
    },
    dispose: () => release(kernel),
  }
}
