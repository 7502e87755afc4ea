import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { numbersFrom } from '../../src/engine/tfjs/tensors/numbers.ts'
import { use } from './backends.ts'

beforeAll(() => use('cpu'), 60_000)

/** Numbers that nobody may go through by their names, as `tf.tidy` does with what it gives. */
const unwalked = (values: Float32Array): Float32Array =>
  new Proxy(values, {
    ownKeys: () => {
      throw new Error('every number has got a name')
    },
  })

test('numbers are given as they are read, not gone through, and what was made for them is freed', () => {
  const before = tf.memory().numTensors
  const x = tf.tensor1d([1, 2, 3])
  expect(numbersFrom(() => tf.mul(x, 2).dataSync<'float32'>())).toEqual(Float32Array.of(2, 4, 6))
  expect(tf.memory().numTensors).toBe(before + 1)
  x.dispose()
  const numbers = unwalked(Float32Array.of(1))
  expect(numbersFrom(() => numbers)).toBe(numbers)
  expect(() => tf.tidy(() => numbers as unknown as tf.TensorContainer)).toThrow('every number has got a name')
})
