import * as tf from '@tensorflow/tfjs-core'
import { uniformStream } from '../tensors/random.ts'
import { uploaded } from '../tensors/uploaded.ts'
import type { Qwen25VLConfig } from './config.ts'
import type { Parameters } from './parameters.ts'
import { parameterShapes } from './shapes.ts'

/** Standard deviations of a fresh model's weights. */
export interface Initialisation {
  /** Of a linear layer, times 1/√fan-in. */
  readonly linear: number
  readonly embedding: number
}

/**
 * Random weights for a model of these sizes: norms 1, biases 0, linear layers N(0, (linear / √fan-in)²), embeddings
 * N(0, embedding²). The same seed gives the same weights on every backend.
 */
export const initialise = (
  config: Qwen25VLConfig,
  seed: number,
  { linear, embedding }: Initialisation = { linear: 0.7, embedding: 0.05 },
): Parameters => {
  const uniform = uniformStream(seed, 0x1417)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const make = (name: string, shape: readonly number[]): tf.Tensor => {
    const size = shape.reduce((a, b) => a * b, 1)
    const values = new Float32Array(size)
    if (shape.length > 1) {
      const deviation = name === 'model.embed_tokens.weight' ? embedding : linear / Math.sqrt(size / shape[0]!)
      for (let i = 0; i < size; i++) values[i] = deviation * normal()
    } else if (!name.endsWith('bias')) values.fill(1)
    return uploaded(tf.tensor(values, [...shape]))
  }
  return new Map([...parameterShapes(config)].map(([name, shape]) => [name, make(name, shape)]))
}
