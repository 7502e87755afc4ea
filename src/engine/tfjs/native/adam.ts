import * as tf from '@tensorflow/tfjs-core'
import { type AdamInputs, type AdamRates, adamKernel } from '../tensors/adam.ts'
import { type Attribute, attributeKind, flag, float, type NodeBackend } from './binding.ts'

const text = (name: string, value: string): Attribute => ({ name, type: attributeKind.string, value })

let variables = 0

/** A variable of TensorFlow with a tensor's numbers; they are copied when it changes while the tensor still stands. */
const variableOf = (backend: NodeBackend, value: tf.TensorInfo): tf.Tensor => {
  const shape: Attribute = { name: 'shape', type: attributeKind.shape, value: value.shape }
  const names = [text('container', ''), text('shared_name', `kinograd-${variables++}`)]
  const variable = backend.executeSingleOutput('VarHandleOp', [float('dtype'), shape, ...names], [])
  backend.executeMultipleOutputs('AssignVariableOp', [float('dtype')], [variable, value], 0)
  return variable
}

const readOf = (backend: NodeBackend, variable: tf.Tensor): tf.Tensor =>
  backend.executeSingleOutput('ReadVariableOp', [float('dtype')], [variable])

const destroy = (backend: NodeBackend, variable: tf.Tensor): void => {
  backend.executeMultipleOutputs('DestroyResourceOp', [flag('ignore_lookup_error', true)], [variable], 0)
  variable.dispose()
}

/**
 * Adam as TensorFlow's own kernel, one pass over all vectors instead of fifteen (ResourceApplyAdam, whose ε stands beside √v and not
 * beside √v̂: tensorflow/core/kernels/training_ops.cc).
 */
export const registerAdam = (backendName: string): void => {
  if (tf.getKernel(adamKernel, backendName) !== undefined) return
  tf.registerKernel({
    kernelName: adamKernel,
    backendName,
    kernelFunc: ({ inputs, attrs, backend: given }) => {
      const backend = given as NodeBackend
      const { gradient, mean, square, parameters } = inputs as unknown as AdamInputs
      const { beta1, beta2, epsilon, weightDecay, step, learningRate } = attrs as unknown as AdamRates
      const [power1, power2] = [beta1 ** step, beta2 ** step]
      return tf.tidy(() => {
        const numbers = [power1, power2, learningRate, beta1, beta2, epsilon * Math.sqrt(1 - power2)]
        const scalars = numbers.map(x => tf.scalar(x))
        // Adam starts from what decays, which nobody else holds.
        const decayed = tf.mul(-learningRate * weightDecay, parameters)
        const held = [decayed, mean, square].map(value => variableOf(backend, value))
        decayed.dispose()
        try {
          const options = [float('T'), flag('use_locking', false), flag('use_nesterov', false)]
          backend.executeMultipleOutputs('ResourceApplyAdam', options, [...held, ...scalars, gradient], 0)
          return held.map(variable => readOf(backend, variable))
        } finally {
          for (const variable of held) destroy(backend, variable)
        }
      })
    },
  })
}
