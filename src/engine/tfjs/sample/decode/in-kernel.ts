import { availableParallelism } from 'node:os'
import * as tf from '@tensorflow/tfjs-core'
import type { Qwen25VLConfig } from '../../model/config.ts'
import { foldDecoderLayer, type KeysValues } from '../../model/decoder.ts'
import { embeddingName, headName } from '../../model/forward.ts'
import type { FoldedLayer } from '../../model/layer.ts'
import { type Parameters, weight } from '../../model/parameters.ts'
import { inverseFrequencies } from '../../model/rotary.ts'
import type { LowRank, Matrix } from '../../tensors/affine.ts'
import { merged } from '../../tensors/low-rank.ts'
import { using } from '../../tensors/matrix.ts'
import { product } from '../../tensors/products.ts'
import { asFloats } from '../../tensors/widen.ts'
import { type Arithmetic, compiled } from './compiled.ts'
import { floatsOf, type Prefilled, type ScoresOf, type Stepper } from './decoding.ts'
import { chunksOf, type LayerPlaces, type Layout, layoutOf, type Shape, writeHeader } from './layout.ts'
import { type Kernel, mostBytes, reserve, startKernel } from './threads.ts'

/** More threads than this gain nothing: memory's width is used up. */
const mostThreads = 8
/** A kernel that is not in use is kept when its memory is small; it starts in about 50 ms. */
const smallBytes = 256 * 2 ** 20
let idle: Kernel | undefined

const acquire = async (threads: number, asked?: Arithmetic): Promise<Kernel> => {
  const code = compiled(asked)
  if (code === undefined) throw new Error('this Node has no relaxed SIMD: ask for the plain kernel')
  const kept = idle
  idle = undefined
  if (kept?.arithmetic === code.arithmetic) return kept
  kept?.stop()
  return startKernel(threads, code)
}

const release = (kernel: Kernel): void => {
  if (idle === undefined && kernel.memory.buffer.byteLength <= smallBytes) idle = kernel
  else kernel.stop()
}

const shapeOf = ({ cache, lengths, perPrompt, maxTokens }: Prefilled): Shape => ({
  prompts: lengths.length,
  perPrompt,
  promptLength: cache[0]?.keys.shape[1] ?? 0,
  maxTokens,
  threads: Math.min(mostThreads, availableParallelism()),
})

/** What the kernel's memory has to hold: a copy of the decoder's weights, all caches, activations. Bytes. */
export const kernelBytes = (prefilled: Prefilled): number => layoutOf(prefilled.model.config, shapeOf(prefilled)).bytes

/** What of it stays when a rollout has ended. */
export const keptBytes = (prefilled: Prefilled): number => {
  const bytes = kernelBytes(prefilled)
  return bytes <= smallBytes ? bytes : 0
}

/** Whether that fits into the kernel's 32-bit memory. */
export const fitsKernel = (prefilled: Prefilled): boolean => kernelBytes(prefilled) <= mostBytes

/** Whether an adapter, if there is one, is in the weights, and not beside them. */
const isWhole = ({ qkv, out, gate, up, down }: FoldedLayer): boolean =>
  [qkv, out, gate, up, down].every(([, , low]) => low === undefined)

const put = (memory: ArrayBufferLike, address: number, values: Float32Array): void =>
  new Float32Array(memory, address, values.length).set(values)

/** The numbers of a weight, with what an adapter adds to it where the two are still apart. */
const floatsOfMatrix = (weight: Matrix, low: LowRank | undefined): Float32Array =>
  using(weight, w => tf.tidy(() => floatsOf(low === undefined ? w : tf.add(w, product(low.up, low.down)))))

const putWeights = (
  memory: ArrayBufferLike,
  { heads, kvHeads, headDim, hiddenSize }: Qwen25VLConfig['text'],
  { qkv: [weights, bias, low], out, gain, gate, up, down }: FoldedLayer,
  to: LayerPlaces,
): void => {
  put(memory, to.qkv, floatsOfMatrix(weights, low))
  put(memory, to.qkvBias, bias === undefined ? new Float32Array((heads + 2 * kvHeads) * headDim) : floatsOf(bias))
  put(memory, to.out, floatsOfMatrix(out[0], out[2]))
  put(memory, to.gain, gain === undefined ? new Float32Array(hiddenSize).fill(1) : floatsOf(gain))
  put(memory, to.gate, floatsOfMatrix(gate[0], gate[2]))
  put(memory, to.up, floatsOfMatrix(up[0], up[2]))
  put(memory, to.down, floatsOfMatrix(down[0], down[2]))
}

/** Keys [N · kvHeads, P, headDim] go row by row, values turned to [N · kvHeads, headDim, places]. */
const putPrompts = (memory: ArrayBufferLike, { keys, values }: KeysValues, places: number, to: LayerPlaces): void => {
  const [heads, P, headDim] = keys.shape
  const [k, v] = [floatsOf(keys), floatsOf(values)]
  const turned = new Float32Array(memory, to.promptValues, heads * headDim * places).fill(0)
  for (let head = 0; head < heads; head++) {
    put(memory, to.promptKeys + head * places * headDim * 4, k.subarray(head * P * headDim, (head + 1) * P * headDim))
    for (let d = 0; d < headDim; d++)
      for (let j = 0; j < P; j++) turned[(head * headDim + d) * places + j] = v[(head * P + j) * headDim + d]!
  }
}

/** The numbers of a model's weight. */
const floatsOfWeight = (parameters: Parameters, name: string): Float32Array =>
  tf.tidy(() => floatsOf(asFloats(weight(parameters, name))))

/** Copies what does not change between steps. */
const fill = (memory: ArrayBufferLike, { model, layers, cache, lengths }: Prefilled, layout: Layout): void => {
  const { config, parameters, constants } = model
  const { at, places } = layout
  layout.layers.forEach((to, i) => {
    tf.tidy(() => {
      const layer = layers[i]!
      const whole = isWhole(layer) ? layer : foldDecoderLayer(parameters, i, constants.text, 'rows', merged)
      putWeights(memory, config.text, whole, to)
      putPrompts(memory, cache[i]!, places, to)
    })
  })
  put(memory, at.norm, floatsOf(weight(parameters, 'model.norm.weight')))
  put(memory, at.head, floatsOfWeight(parameters, headName(config)))
  new Int32Array(memory, at.lengths, lengths.length).set(lengths)
}

/** What the kernel leaves for drawing. */
const scoresIn = (
  memory: ArrayBufferLike,
  { at, blocks, width }: Layout,
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

/**
 * Steps in the WebAssembly kernel (assembly/step.ts) on all cores: no call a token costs more than its arithmetic, and the
 * weights are read once a token for all rows. Memory: a copy of the decoder's weights and all caches, at most 4 GiB (`fitsKernel`),
 * freed with the sampling when it is large. Products are added in one instruction where this Node and its processor can, unless the
 * plain arithmetic is asked for: the last digits differ, the rest does not.
 */
export const stepInKernel = async (prefilled: Prefilled, asked?: Arithmetic): Promise<Stepper> => {
  const { temperature, model } = prefilled
  const { config, parameters } = model
  const { hiddenSize, headDim, vocabSize, ropeTheta } = config.text
  const shape = shapeOf(prefilled)
  const layout = layoutOf(config, shape)
  const kernel = await acquire(shape.threads, asked)
  reserve(kernel, layout.bytes)
  const { at, blocks } = layout
  fill(kernel.memory.buffer, prefilled, layout)
  // A tied head is the table of embeddings. Gathered by a tensor operation instead, they take a millisecond a token.
  const embeddings = config.text.tied
    ? new Float32Array(kernel.memory.buffer, at.head, vocabSize * hiddenSize)
    : floatsOfWeight(parameters, embeddingName)
  const frequencies = inverseFrequencies(headDim, ropeTheta)
  const half = headDim / 2
  const view = (address: number, features: number) =>
    new Float32Array(kernel.memory.buffer, address, blocks * features * 8)
  const [state, cosines, sines] = [view(at.state, hiddenSize), view(at.cosines, half), view(at.sines, half)]
  const scoresOf = scoresIn(kernel.memory.buffer, layout, shape.threads, vocabSize)

  return {
    step: (tokens, positions, t) => {
      tokens.forEach((token, r) => {
        const lane = r & 7
        const block = r >> 3
        for (let i = 0; i < hiddenSize; i++)
          state[(block * hiddenSize + i) * 8 + lane] = embeddings[token * hiddenSize + i]!
        for (let i = 0; i < half; i++) {
          const angle = positions[r]! * frequencies[i]!
          cosines[(block * half + i) * 8 + lane] = Math.cos(angle)
          sines[(block * half + i) * 8 + lane] = Math.sin(angle)
        }
      })
      writeHeader(kernel.memory.buffer, config, shape, layout, t, temperature)
      kernel.run()
      return scoresOf
    },
    dispose: () => release(kernel),
  }
}
