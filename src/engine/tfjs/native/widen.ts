import * as tf from '@tensorflow/tfjs-core'
import { type PackedType, wordsOf } from '../tensors/packed.ts'
import { widenKernel } from '../tensors/widen.ts'
import { type Attribute, attributeKind, flag, float, type NodeBackend, storedTypes, typeNumbers } from './binding.ts'

const typed = (name: string, value: number): Attribute => ({ name, type: attributeKind.type, value })

const word = typeNumbers.int32!

/** tfjs-node refuses results of types that tfjs has no names for. They are words to tfjs, and what they are to TensorFlow. */
const allowStoredTypes = (backend: NodeBackend): void => {
  const createOutputTensor = backend.createOutputTensor.bind(backend)
  const stored = new Set(Object.values(storedTypes))
  backend.createOutputTensor = made => {
    if (!stored.has(made.dtype)) return createOutputTensor(made)
    const tensor = createOutputTensor({ ...made, dtype: word })
    backend.tensorMap.get(tensor.dataId).dtype = made.dtype
    return tensor
  }
}

const bitcast = (backend: NodeBackend, words: tf.TensorInfo, type: number): tf.Tensor =>
  backend.executeSingleOutput('Bitcast', [typed('T', word), typed('type', type)], [words])

const cast = (backend: NodeBackend, numbers: tf.TensorInfo, type: number): tf.Tensor =>
  backend.executeSingleOutput('Cast', [typed('SrcT', type), float('DstT'), flag('Truncate', false)], [numbers])

/**
 * Turns packed numbers into float32 by TensorFlow's own kernels: the words are seen as what they are, which copies nothing, and cast.
 * Must be called before graphs are prepared, which keep the backend's methods.
 */
export const registerWiden = (backendName: string, backend: NodeBackend): void => {
  if (tf.getKernel(widenKernel, backendName) !== undefined) return
  allowStoredTypes(backend)
  tf.registerKernel({
    kernelName: widenKernel,
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const { type, shape } = attrs as unknown as { readonly type: PackedType; readonly shape: [number, number] }
      const words = inputs.x as tf.Tensor2D
      const numbers = words.shape[1] - (type === 'I8' ? 1 : 0)
      return tf.tidy(() => {
        const whole = type === 'I8' ? tf.slice(words, [0, 0], [-1, numbers]) : words
        const floats = tf.reshape(cast(backend, bitcast(backend, whole, storedTypes[type]), storedTypes[type]), shape)
        if (type !== 'I8') return floats
        const factors = tf.slice(words, [0, wordsOf(type, shape[1]) - 1], [-1, 1])
        return tf.mul(floats, bitcast(backend, factors, typeNumbers.float32!))
      })
    },
  })
}
