import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import type { Objective } from '../../../advantage/index.ts'
import type { EngineFault, Prompt, TrainGroup } from '../../engine.ts'
import { packerFor } from '../files/storage.ts'
import type { Storage } from '../files/storage-name.ts'
import { type Adapter, adapted, scaleTensors } from '../lora/adapter.ts'
import type { AdapterShape } from '../lora/shape.ts'
import { matrixShapes } from '../lora/targets.ts'
import type { Qwen25VLConfig } from '../model/config.ts'
import { partOf } from '../model/float-layers.ts'
import { foldLayers, type Model, modelConstants } from '../model/forward.ts'
import type { MropeLayout } from '../model/mrope-layout.ts'
import type { Parameters } from '../model/parameters.ts'
import { parameterShapes } from '../model/shapes.ts'
import { inGraphs } from '../native/graph/in-graphs.ts'
import type { Prefilled } from '../sample/decode/decoding.ts'
import { kernelBytes } from '../sample/decode/in-kernel.ts'
import { stepInTensors } from '../sample/decode/in-tensors.ts'
import { kernelWeightsOf, rowBytesOf } from '../sample/decode/kernel-weights.ts'
import { prefill } from '../sample/decode/start.ts'
import { registerGradients } from '../tensors/gradient-rules.ts'
import { asPacked, rowsAndColumns, wordsOf } from '../tensors/packed.ts'
import { scoped } from '../tensors/scoped.ts'
import { takesArraysOver } from '../tensors/uploaded.ts'
import { type FrozenPart, isFrozen } from '../train/frozen.ts'
import { gradientOf, logprobsOf } from '../train/gradient.ts'
import { disposeOptimiserState, type Optimiser, type OptimiserState } from '../train/optimiser.ts'
import { piecesFor } from '../train/pieces.ts'
import { takeStep } from '../train/step.ts'
import { type Count, counted } from './counting-backend.ts'

/** A model, how it is trained, and the shapes of one update. */
export interface UpdateShape {
  readonly config: Qwen25VLConfig
  readonly optimiser: Optimiser
  /** What is trained alone, if anything. */
  readonly adapter?: AdapterShape
  readonly frozen?: readonly FrozenPart[]
  readonly trains?: (name: string) => boolean
  readonly checkpointing?: boolean
  /**
   * How weights are kept of which nothing is trained: float32 when not given. `bfloat16` is also what a checkpoint in 16 bits takes that
   * is kept as it is.
   */
  readonly storage?: Exclude<Storage, 'auto'>
  readonly layout?: MropeLayout
  /** Whether completions are sampled and scored by a reference first, which fine-tuning does not; true when not given. */
  readonly samples?: boolean
  readonly prompts: number
  /** Clips of each prompt as grids of patches. */
  readonly clips: readonly (readonly [time: number, height: number, width: number])[]
  /** Tokens of each prompt beside those of its clips and their marks. */
  readonly textTokens: number
  /** G */
  readonly completions: number
  /** Tokens of each completion. */
  readonly newTokens: number
}

/** What the tensors of an update take, and the decoding kernel's memory, bytes: first what stands, then the most in each phase, with what stands. */
export interface Memory {
  readonly weights: number
  readonly optimiser: number
  /** While a checkpoint is read: the weights, and what is on its way beside them. */
  readonly load: number
  readonly rollout: number
  readonly reference: number
  readonly gradient: number
  readonly step: number
  /** The most of all. */
  readonly peak: number
}

const promptOf = ({ config, clips, textTokens }: UpdateShape): Prompt => {
  const { vision, tokens } = config
  const width = vision.inChannels * vision.temporalPatchSize * vision.patchSize ** 2
  return {
    ids: Int32Array.from([
      ...clips.flatMap(([t, h, w]) => [
        tokens.visionStart,
        ...Array<number>((t * h * w) / vision.mergeSize ** 2).fill(tokens.video),
        tokens.visionEnd,
      ]),
      ...Array<number>(textTokens).fill(0),
    ]),
    media: clips.map(grid => ({
      kind: 'video',
      grid,
      secondsPerGrid: 1,
      values: new Float32Array(grid[0] * grid[1] * grid[2] * width),
    })),
  }
}

/** A loss that is always 0. */
const indifferent: Objective = logprobs => ({ loss: 0, gradient: logprobs.map(part => part.map(() => 0)), metrics: {} })

/**
 * A rollout: prompts in tensors, then steps in tensors too, or in the kernel, which has memory of its own. Beside a copy of the
 * weights and the caches it reads the head out of its tensor where that is float32, and the embeddings where they are not the head.
 */
const rolledOut = (
  model: Model,
  prompts: readonly Prompt[],
  { completions, newTokens }: UpdateShape,
  layout: MropeLayout,
  resident: boolean,
): { readonly outside: number; readonly kept: number } =>
  scoped(() => {
    const { layers, cache, lengths } = inGraphs(() => {
      const folded = foldLayers(model)
      return { layers: folded, ...prefill(model, folded, prompts, layout) }
    })
    const start: Prefilled = {
      model,
      layers,
      cache,
      lengths,
      perPrompt: completions,
      maxTokens: newTokens,
      temperature: 1,
    }
    const { vocabSize, hiddenSize, tied } = model.config.text
    const inKernel = kernelBytes(start, resident)
    if (inKernel === undefined) {
      const { step, dispose } = stepInTensors(start)
      const rows = new Int32Array(prompts.length * completions)
      for (let t = 0; t + 1 < newTokens; t++) step(rows, rows, t)
      dispose()
    }
    for (const { keys, values } of cache) tf.dispose([keys, values])
    if (inKernel === undefined) return { outside: 0, kept: 0 }
    const { stored } = kernelWeightsOf(model.parameters, model.config)
    const copies = stored === 'F32' ? (tied ? 1 : 2) : 0
    return { outside: inKernel.all + copies * vocabSize * rowBytesOf(stored, hiddenSize), kept: inKernel.kept }
  })

/**
 * What TensorFlow takes besides the tensors that are alive, by how much of these come and go: for its products, and what its allocator
 * keeps. Measured (bench/NOTES.md): as much again of a little, about a third of hundreds of megabytes, and never above half a gigabyte.
 */
const keptByAllocator = (coming: number): number => Math.min(1.3 * coming, 0.15e9 + 0.35 * coming, 0.45e9)

/** What a checkpoint's numbers pass through while they are read, where their type changes. Others are read into their place. */
const pieceBytes = 2 ** 25

/** Weights without numbers, packed where nothing of their layer is trained. */
const weightsOf = (
  shapes: ReadonlyMap<string, readonly number[]>,
  trained: readonly string[],
  storage: Exclude<Storage, 'auto'>,
  count: Count,
): Parameters => {
  const parts = new Set(trained.map(partOf))
  const packs = packerFor(storage)
  return new Map(
    [...shapes].map(([name, shape]) => {
      const type = parts.has(partOf(name)) ? undefined : packs(name, 'F32', shape)?.type
      if (type === undefined) return [name, count.tensor(shape)]
      const [rows, columns] = rowsAndColumns(shape)
      return [name, asPacked(count.tensor([rows, wordsOf(type, columns)]), { type, shape })]
    }),
  )
}

/** The update itself, on tensors without numbers. */
const rehearse = (
  shape: UpdateShape,
  matrices: ReadonlyMap<string, readonly number[]>,
  native: boolean,
  count: Count,
): Memory => {
  const { config, adapter: given, frozen = [], trains = () => true, layout = 'qwen', optimiser } = shape
  const shapes = parameterShapes(config)
  const learns = [...(given === undefined ? shapes : matrices).keys()]
  const names = learns.filter(name => trains(name) && !isFrozen(name, frozen))
  const parameters = weightsOf(shapes, given === undefined ? names : [], shape.storage ?? 'float32', count)
  const matrixTensors = new Map([...matrices].map(([name, s]) => [name, count.tensor(s)]))
  const adapter: Adapter | undefined = given === undefined ? undefined : { ...given, matrices: matrixTensors }
  const weights = count.now()
  const learning = adapter?.matrices ?? parameters
  const trained = names.map(name => learning.get(name)!)
  const sizes = trained.map(({ size }) => size)
  const pieces = piecesFor(optimiser, sizes)
  const states: OptimiserState[] = pieces.map(({ size }) => optimiser.init(size))
  const optimiserBytes = count.now() - weights
  const base: Model = { config, parameters, constants: modelConstants(config) }
  const model =
    adapter === undefined ? base : { ...base, parameters: adapted(parameters, adapter, scaleTensors(adapter)) }
  const prompts = Array.from({ length: shape.prompts }, () => promptOf(shape))
  const groups = prompts.map(
    (prompt): TrainGroup => ({
      prompt,
      completions: Array.from({ length: shape.completions }, () => new Int32Array(shape.newTokens)),
    }),
  )
  /** Memory beside the tensors. */
  let standing = 0
  const learned = weights + optimiserBytes
  /** The most that work takes; what it gives stands from then on. */
  const most = <A>(work: () => A): readonly [A, number] => {
    count.peak()
    const result = work()
    const tensors = count.peak()
    return [result, tensors + (native ? keptByAllocator(tensors - learned) : 0) + standing]
  }
  const samples = shape.samples ?? true
  const [{ outside, kept }, tensors] = most(() =>
    samples ? rolledOut(model, prompts, shape, layout, native) : { outside: 0, kept: 0 },
  )
  const rollout = tensors + outside
  standing = kept
  const [, reference] = most(() => (samples ? logprobsOf(base, groups, layout) : undefined))
  const options = { layout, checkpointing: shape.checkpointing ?? false, pieces }
  const [{ pieces: flat }, gradient] = most(() => gradientOf(model, names, groups, indifferent, options))
  const stepping = { optimiser, learningRate: 0, pieces, parameters: trained, gradient: flat, states }
  const [, step] = most(() =>
    takeStep(stepping, ({ piece, state, parameters: moved }) => {
      disposeOptimiserState(states[piece]!)
      states[piece] = state
      tf.dispose([...moved.keys()].map(i => trained[i]!))
    }),
  )
  const largest = Math.max(...[...shapes.values()].map(sizes => sizes.reduce((a, b) => a * b, 4)))
  const load = weights + (shape.storage === 'int8' ? Math.min(pieceBytes, 2 * largest) : 0)
  const peak = Math.max(load, rollout, reference, gradient, step)
  return { weights, optimiser: optimiserBytes, load, rollout, reference, gradient, step, peak }
}

/**
 * What one update (rollout, reference log-probabilities, gradient, step) will take, found by running the engine's own code on tensors
 * that have shapes but no numbers: seconds for the largest models, and next to no memory. Counted are tensors, what
 * TensorFlow's allocator keeps besides, and the memory of the decoding kernel on processors; a process has its runtime too. Must not be called while an engine of this process is at work.
 * `Left('BadAdapter')`: a target that the model has not.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { adamw, predictMemory } from 'kinograd/engine/tfjs'
 *
 * // Qwen2.5-VL of 3 billion parameters, an adapter on queries and values, eight completions of one clip.
 * const config = {
 *   text: { hiddenSize: 2048, intermediateSize: 11008, layers: 36, heads: 16, kvHeads: 2, headDim: 128, vocabSize: 151936, rmsEps: 1e-6, ropeTheta: 1e6, mropeSection: [16, 24, 24], maxPositions: 128000, tied: true },
 *   vision: { depth: 32, hiddenSize: 1280, intermediateSize: 3420, heads: 16, inChannels: 3, patchSize: 14, temporalPatchSize: 2, mergeSize: 2, windowSize: 112, fullAttentionBlocks: [7, 15, 23, 31], outHiddenSize: 2048, tokensPerSecond: 2 },
 *   tokens: { image: 151655, video: 151656, visionStart: 151652, visionEnd: 151653 },
 * } as const
 * const optimiser = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 })
 * const adapter = { rank: 8, alpha: 16, targets: ['q_proj', 'v_proj'] }
 * const update = { prompts: 1, clips: [[8, 16, 16]], textTokens: 100, completions: 8, newTokens: 200 } as const
 * const memory = predictMemory({ config, optimiser, adapter, checkpointing: true, ...update })
 * assert(E.isRight(memory))
 * assert.equal(Math.round(memory.right.weights / 1e9), 15)
 * assert(memory.right.peak > memory.right.weights)
 * ```
 */
export const predictMemory = (shape: UpdateShape): E.Either<EngineFault, Memory> => {
  registerGradients()
  // Before a backend is selected it is taken for the native one: others have no room for models of which it matters.
  const native = !tf.getBackend() || takesArraysOver()
  const matrices = shape.adapter === undefined ? E.right(new Map()) : matrixShapes(shape.config, shape.adapter)
  return E.map((shapes: ReadonlyMap<string, readonly number[]>) =>
    counted(count => scoped(() => rehearse(shape, shapes, native, count)), { graphs: native }),
  )(matrices)
}
