import type { Prompt } from '../engine.ts'
import { type Adapter, adapted, scaleTensors } from './lora/adapter.ts'
import { disposeBatch, makePrefill } from './model/batch.ts'
import type { Qwen25VLConfig } from './model/config.ts'
import { disposeConstants, finalNorm, hiddenLinks, logitsOf, modelConstants, startOf } from './model/forward.ts'
import { through } from './model/link.ts'
import type { MropeLayout } from './model/mrope-layout.ts'
import type { Parameters } from './model/parameters.ts'
import { visionLinks } from './model/vision.ts'
import { scoped } from './tensors/scoped.ts'

/** What a model computes on the way to its log-probabilities. */
export interface Inspection {
  /** What the vision tower gives for the media, in order; empty without media. [merged units, hidden] */
  readonly vision: Float32Array
  /** [prompt tokens, vocabulary] */
  readonly logits: Float32Array
}

/**
 * Vision embeddings and the logits after every token of one prompt, to be compared with another implementation. The prompt must have
 * passed `checkMedia`. Holds one [prompt tokens, vocabulary] matrix; the parameters stay the caller's.
 */
export const inspect = (
  {
    config,
    parameters,
    adapter,
    layout = 'qwen',
  }: {
    readonly config: Qwen25VLConfig
    readonly parameters: Parameters
    readonly adapter?: Adapter
    readonly layout?: MropeLayout
  },
  prompt: Prompt,
): Inspection => {
  const constants = modelConstants(config)
  const batch = makePrefill([prompt], config, layout)
  try {
    return scoped(() => {
      const all = adapter === undefined ? parameters : adapted(parameters, adapter, scaleTensors(adapter))
      const model = { config, parameters: all, constants }
      const links = [...hiddenLinks(model, batch), finalNorm(model)]
      const logits = logitsOf(model, through(links, startOf(model, batch))).dataSync<'float32'>()
      if (batch.vision === undefined) return { vision: new Float32Array(), logits }
      const tower = visionLinks(all, config, constants.vision, batch.vision.input)
      return { vision: through(tower, batch.vision.input.pixels).dataSync<'float32'>(), logits }
    })
  } finally {
    disposeBatch(batch)
    disposeConstants(constants)
  }
}
