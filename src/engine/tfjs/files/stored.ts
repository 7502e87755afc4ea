import * as tf from '@tensorflow/tfjs-core'
import { numbersFrom } from '../tensors/numbers.ts'
import { shapeOf } from '../tensors/packed.ts'
import { asFloats } from '../tensors/widen.ts'
import type { StoredTensor } from './safetensors.ts'

/** A tensor as a file is to hold it. Its values are fetched when they are asked for, so that a model is never held twice. */
export const stored = (tensor: tf.Tensor, dtype: 'F32' | 'F16' | 'BF16' = 'F32'): StoredTensor => ({
  shape: shapeOf(tensor),
  dtype,
  get data() {
    return numbersFrom(() => asFloats(tensor).dataSync<'float32'>())
  },
})

/** A tensor from what a file held. */
export const loaded = ({ data, shape }: StoredTensor): tf.Tensor => tf.tensor(data, [...shape], 'float32')
