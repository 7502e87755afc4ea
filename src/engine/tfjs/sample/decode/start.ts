import * as tf from '@tensorflow/tfjs-core'
import type { Prompt } from '../../../engine.ts'
import { disposeBatch, makePrefill } from '../../model/batch.ts'
import type { KeysValues } from '../../model/decoder.ts'
import {
  disposeLayers,
  finalNorm,
  foldLayers,
  hiddenLinks,
  logitsOf,
  type Model,
  startOf,
} from '../../model/forward.ts'
import type { FoldedLayer } from '../../model/layer.ts'
import { through } from '../../model/link.ts'
import type { MropeLayout } from '../../model/mrope-layout.ts'
import { inGraphs } from '../../native/graph/in-graphs.ts'
import type { Arithmetic } from './compiled.ts'
import { floatsOf, type Prefilled, rowsOf, type ScoresOf, type Stepper } from './decoding.ts'
import { fitsKernel, stepInKernel } from './in-kernel.ts'
import { stepInTensors } from './in-tensors.ts'

/** A rollout on its way: all rows of all prompts in step. */
export interface Decoding {
  /** What the first token of each row is drawn from. */
  readonly first: ScoresOf
  /** Takes the next token of every row [N · G], −1 of those that have ended, and gives what the one after it is drawn from. */
  readonly next: (tokens: Int32Array) => Promise<ScoresOf>
  readonly dispose: () => void
}

export interface DecodingOptions {
  /** G: rows a prompt. */
  readonly perPrompt: number
  /** Most tokens a row. */
  readonly maxTokens: number
  readonly temperature: number
  readonly layout: MropeLayout
  /** Most bytes of weights that folding may copy; as `foldLayers`. */
  readonly copies?: number
  /** Most bytes of one memory of the kernel; 4 GiB when not given. */
  readonly memoryBytes?: number
  /** How the steps are computed, when not as is best: on processors in the kernel, where it has room; in tensors otherwise. */
  readonly steps?: Arithmetic | 'tensors'
}

/** Runs the prompts once: the keys and values of every layer, and the logits after each prompt [N, vocabulary]. */
export const prefill = (
  model: Model,
  layers: readonly FoldedLayer[],
  prompts: readonly Prompt[],
  layout: MropeLayout,
) => {
  const batch = makePrefill(prompts, model.config, layout)
  const { promptLength: P } = batch.rows
  const cache: KeysValues[] = []
  const logits = tf.tidy(() => {
    const keep = ({ keys, values }: KeysValues) => cache.push({ keys: tf.keep(keys), values: tf.keep(values) })
    const last = tf.tensor1d(
      Int32Array.from(batch.promptLengths, (length, n) => n * P + length - 1),
      'int32',
    )
    const links = [...hiddenLinks(model, batch, layers, keep), finalNorm(model, last)]
    return logitsOf(model, through(links, startOf(model, batch)))
  })
  const { nextPositions, promptLengths } = batch
  disposeBatch(batch)
  const values = floatsOf(logits)
  logits.dispose()
  return { cache, values, nextPositions, lengths: promptLengths }
}

const onGraphicsCard = (): boolean =>
  (tf.backend() as { readonly isUsingGpuDevice?: boolean }).isUsingGpuDevice === true

const stepperFor = async (prefilled: Prefilled, { steps, memoryBytes }: DecodingOptions): Promise<Stepper> =>
  steps === 'tensors' || (steps === undefined && (onGraphicsCard() || !fitsKernel(prefilled)))
    ? stepInTensors(prefilled)
    : stepInKernel(prefilled, steps, memoryBytes)

/**
 * Runs the prompts once, and then token by token. Memory: prompts' caches + N · G own caches of at most `maxTokens`, the copies of
 * `foldLayers`, and from the first token on those of the kernel.
 */
export const startDecoding = (model: Model, prompts: readonly Prompt[], options: DecodingOptions): Decoding => {
  const { perPrompt, maxTokens, temperature, layout, copies } = options
  const { layers, cache, values, nextPositions, lengths } = inGraphs(() => {
    const folded = foldLayers(model, copies)
    return { layers: folded, ...prefill(model, folded, prompts, layout) }
  })
  const first = rowsOf(values, model.config.text.vocabSize, temperature)
  let stepper: Stepper | undefined
  let taken = 0
  return {
    first: row => first(Math.floor(row / perPrompt)),
    next: async tokens => {
      stepper ??= await stepperFor({ model, layers, cache, lengths, perPrompt, maxTokens, temperature }, options)
      const positions = tokens.map((_, r) => nextPositions[Math.floor(r / perPrompt)]! + taken)
      return stepper.step(tokens, positions, taken++)
    },
    dispose: () => {
      stepper?.dispose()
      for (const { keys, values: v } of cache) tf.dispose([keys, v])
      disposeLayers(layers, model)
    },
  }
}
