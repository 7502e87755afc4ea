import { availableParallelism } from 'node:os'
import { inverseFrequencies } from '../../model/rotary.ts'
import { type Arithmetic, compiled } from './compiled.ts'
import type { Prefilled, ScoresOf, Stepper } from './decoding.ts'
import { embeddingsOf } from './embeddings.ts'
import { fillPart } from './fill-memory.ts'
import { kernelWeightsOf } from './kernel-weights.ts'
import { chunksOf, type Layout, layoutOf, type Part, type Shape } from './layout.ts'
import { type Kernel, reserve, startKernel } from './threads.ts'
import { writeHeader } from './write-header.ts'

/** More threads than this gain nothing: memory's width is used up. */
const mostThreads = 8
/** A kernel that is not in use is kept when its memory is small; it starts in about 50 ms. */
const smallBytes = 256 * 2 ** 20
let idle: Kernel | undefined

const acquire = async (threads: number, memories: number, asked?: Arithmetic): Promise<Kernel> => {
  const code = compiled(asked)
  if (code === undefined) throw new Error('this Node has no relaxed SIMD: ask for the plain kernel')
  const kept = idle
  idle = undefined
  if (kept?.arithmetic === code.arithmetic && kept.memories.length === memories) return kept
  kept?.stop()
  return startKernel(threads, memories, code)
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
  threads: Math.min(mostThreads, availableParallelism()),
})

/** The layout of a rollout; nothing where a layer or the head alone is larger than a memory can be. */
const layoutFor = (prefilled: Prefilled, limit?: number): Layout | undefined => {
  const { config, parameters } = prefilled.model
  return layoutOf(config, shapeOf(prefilled), kernelWeightsOf(parameters, config), limit)
}

/** What the kernel's memories have to hold: a copy of the decoder's weights, all caches, activations. Bytes; 0 where it cannot run. */
export const kernelBytes = (prefilled: Prefilled): number => layoutFor(prefilled)?.bytes ?? 0

/** What of it stays when a rollout has ended. */
export const keptBytes = (prefilled: Prefilled): number => {
  const bytes = kernelBytes(prefilled)
  return bytes <= smallBytes ? bytes : 0
}

/** Whether the kernel can run it: each layer and the head have room in a memory. */
export const fitsKernel = (prefilled: Prefilled): boolean => kernelBytes(prefilled) > 0

/** What the kernel leaves for drawing. */
const scoresIn = (
  memory: ArrayBufferLike,
  { at }: Part,
  { blocks, width }: Layout,
  threads: number,
  vocabulary: number,
): ScoresOf => {
  const chunks = chunksOf(vocabulary)
  const largest = new Float32Array(memory, at.largest, threads * blocks * 8)
  const sums = new Float32Array(memory, at.sums, chunks * blocks * 8)
  return row => {
    const half = row >> 2
    let [top, sum] = [Number.NEGATIVE_INFINITY, 0]
    for (let t = 0; t < threads; t++) top = Math.max(top, largest[t * blocks * 8 + row]!)
    for (let c = 0; c < chunks; c++) sum += sums[(half * chunks + c) * 4 + (row & 3)]!
    const rowAt = (address: number) => new Float32Array(memory, address + row * width * 4, vocabulary)
    return { logits: rowAt(at.rows), weights: rowAt(at.weights), largest: top, sum }
  }
}

/** Writes what a step starts from: embeddings of the tokens into the first part, turns of their positions into every part. */
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
    new Float32Array(kernel.memories[part]!.buffer, address, layout.blocks * features * 8)
  const states = layout.parts.map(({ at }, part) => view(part, at.state, hiddenSize))
  const turns = layout.parts.map(({ at }, part) => [view(part, at.cosines, half), view(part, at.sines, half)] as const)
  const start = (tokens: Int32Array, positions: Int32Array): void =>
    tokens.forEach((token, r) => {
      const lane = r & 7
      const block = r >> 3
      const embedding = embeddingOf(token)
      for (let i = 0; i < hiddenSize; i++) states[0]![(block * hiddenSize + i) * 8 + lane] = embedding[i]!
      for (let i = 0; i < half; i++) {
        const angle = positions[r]! * frequencies[i]!
        for (const [cosines, sines] of turns) {
          cosines[(block * half + i) * 8 + lane] = Math.cos(angle)
          sines[(block * half + i) * 8 + lane] = Math.sin(angle)
        }
      }
    })
  return { start, handOver: (part: number): void => states[part]!.set(states[part - 1]!) }
}

/**
 * Steps in the WebAssembly kernel (assembly/step.ts) on all cores: no call a token costs more than its arithmetic, and the
 * weights are read once a token for all rows, packed where they are. Memory: a copy of the decoder's weights and all caches, in memories of
 * at most 4 GiB (`limit`), through which hidden states are handed on; freed with the sampling when it is large. Products are added in
 * one instruction where this Node and its processor can, unless the plain arithmetic is asked for: the last digits differ, the rest does not.
 */
export const stepInKernel = async (prefilled: Prefilled, asked?: Arithmetic, limit?: number): Promise<Stepper> => {
  const { temperature, model } = prefilled
  const { config, parameters } = model
  const shape = shapeOf(prefilled)
  const layout = layoutFor(prefilled, limit)
  if (layout === undefined) throw new Error('a layer of this model, or its head, is larger than a memory of the kernel')
  const { parts } = layout
  const { stored } = kernelWeightsOf(parameters, config)
  const kernel = await acquire(shape.threads, parts.length, asked)
  const memories = parts.map((part, i) => {
    reserve(kernel.memories[i]!, part.bytes)
    const { buffer } = kernel.memories[i]!
    fillPart(buffer, prefilled, layout, part, stored)
    return buffer
  })
  const [last, end] = [parts.at(-1)!, memories.at(-1)!]
  const { start, handOver } = starter(kernel, prefilled, layout, embeddingsOf(model, stored, end, last.at.head))
  const scoresOf = scoresIn(end, last, layout, shape.threads, config.text.vocabSize)
  return {
    step: (tokens, positions, t) => {
      start(tokens, positions)
      parts.forEach((part, i) => {
        if (i > 0) handOver(i)
        writeHeader(memories[i]!, config, shape, layout, part, { stored, tokens: t, temperature })
        kernel.run(i)
      })
      return scoresOf
    },
    dispose: () => release(kernel),
  }
}
