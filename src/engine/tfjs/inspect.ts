import * as tf from '@tensorflow/tfjs-core'
import type { Prompt } from '../engine.ts'
import { disposeBatch, makePrefill } from './batch.ts'
import type { Qwen25VLConfig } from './config.ts'
import { disposeConstants, foldModel, hiddenStates, logitsOf, modelConstants } from './forward.ts'
import type { Parameters } from './parameters.ts'
import type { MropeLayout } from './positions.ts'
import { visionTower } from './vision.ts'

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
    layout = 'qwen',
  }: { readonly config: Qwen25VLConfig; readonly parameters: Parameters; readonly layout?: MropeLayout },
  prompt: Prompt,
): Inspection => {
  const constants = modelConstants(config)
  const batch = makePrefill([prompt], config, layout)
  try {
    return tf.tidy(() => {
      const model = { config, parameters, constants }
      const decoder = foldModel(model)
      const logits = logitsOf(model, decoder, hiddenStates(model, decoder, batch)).dataSync() as Float32Array
      if (batch.vision === undefined) return { vision: new Float32Array(), logits } as unknown as tf.TensorContainer
      const seen = visionTower(parameters, config, constants.vision, batch.vision.input)
      return { vision: seen.dataSync(), logits } as unknown as tf.TensorContainer
    }) as unknown as Inspection
  } finally {
    disposeBatch(batch)
    disposeConstants(constants)
  }
}
