import * as tf from '@tensorflow/tfjs-core'
import type { Affine } from '../tensors/affine.ts'
import { madeOf } from '../tensors/matrix.ts'
import { reshape } from '../tensors/unsaved.ts'

/**
 * A model's weights by the names that Hugging Face uses; plain tensors, so that a model is a pure function of them. Matrices of which
 * nothing is trained may be packed (`packingOf`).
 */
export type Parameters = ReadonlyMap<string, tf.Tensor>

/** The weight of that name. Loading has checked names and shapes, so that a miss here is a defect of the library. */
export const weight = (parameters: Parameters, name: string): tf.Tensor => {
  const found = parameters.get(name)
  if (found === undefined) throw new Error(`no parameter named ${name}`)
  return found
}

/** A convolution's kernel as the matrix that it is where patches do not overlap. */
const flat = (kernel: tf.Tensor): tf.Tensor => (kernel.rank === 2 ? kernel : reshape(kernel, [kernel.shape[0]!, -1]))

/** Under this name an adapted model keeps the scale of a module's adapter, a scalar. */
export const adapterScaleName = (module: string): string => `${module}.lora_scale`

/** `${prefix}.weight` as a matrix, `${prefix}.bias`, and `${prefix}.lora_A.weight` with its `lora_B` where there are such. */
export const affine = (parameters: Parameters, prefix: string): Affine => {
  const [down, up] = [parameters.get(`${prefix}.lora_A.weight`), parameters.get(`${prefix}.lora_B.weight`)]
  const matrix = weight(parameters, `${prefix}.weight`)
  return [
    madeOf(matrix) ?? flat(matrix),
    parameters.get(`${prefix}.bias`),
    down === undefined || up === undefined
      ? undefined
      : {
          down: flat(down),
          up: tf.mul(flat(up), weight(parameters, adapterScaleName(prefix))),
          parts: [{ module: prefix, rank: down.shape[0]! }],
        },
  ]
}

/** Frees every weight. */
export const disposeParameters = (parameters: Parameters): void => tf.dispose([...parameters.values()])
