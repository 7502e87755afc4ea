import * as tf from '@tensorflow/tfjs-core'

/** A model's weights by the names that Hugging Face uses; plain tensors, so that a model is a pure function of them. */
export type Parameters = ReadonlyMap<string, tf.Tensor>

/** The weight of that name. Loading has checked names and shapes, so that a miss here is a defect of the library. */
export const weight = (parameters: Parameters, name: string): tf.Tensor => {
  const found = parameters.get(name)
  if (found === undefined) throw new Error(`no parameter named ${name}`)
  return found
}

/** `${prefix}.weight` and `${prefix}.bias`, the bias where there is one. */
export const affine = (
  parameters: Parameters,
  prefix: string,
): readonly [weight: tf.Tensor, bias: tf.Tensor | undefined] => [
  weight(parameters, `${prefix}.weight`),
  parameters.get(`${prefix}.bias`),
]

/** Frees every weight. */
export const disposeParameters = (parameters: Parameters): void => tf.dispose([...parameters.values()])
