import * as tf from '@tensorflow/tfjs-core'
import { halfSquaresKernel } from '../tensors/norm.ts'
import { float, type NodeBackend } from './binding.ts'

/** Half the sum of squares as TensorFlow's own kernel: one pass, where a square and a sum are three. */
export const registerHalfSquares = (backendName: string): void => {
  if (tf.getKernel(halfSquaresKernel, backendName) !== undefined) return
  tf.registerKernel({
    kernelName: halfSquaresKernel,
    backendName,
    kernelFunc: ({ inputs, backend }) =>
      (backend as NodeBackend).executeSingleOutput(halfSquaresKernel, [float('T')], [inputs.x as tf.TensorInfo]),
  })
}
