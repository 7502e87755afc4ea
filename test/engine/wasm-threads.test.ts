import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import { selectBackend } from 'kinograd/engine/tfjs'
import { expect, test } from 'vitest'

test('WebAssembly with two threads computes what plain JavaScript does, and takes nothing from the process', async () => {
  const before = [globalThis.Blob, URL.createObjectURL, process.listenerCount('uncaughtException')]
  expect(await selectBackend({ backend: 'wasm', threads: 2 })()).toMatchObject(
    E.right({ detail: 'WebAssembly, 2 threads, SIMD' }),
  )
  expect([globalThis.Blob, URL.createObjectURL, process.listenerCount('uncaughtException')]).toEqual(before)
  const small = Float32Array.from({ length: 1200 }, (_, i) => i % 7)
  const product = () =>
    tf.tidy(() => [...tf.matMul(tf.tensor2d(small, [40, 30]), tf.tensor2d(small, [30, 40])).dataSync()])
  const threaded = product()
  await selectBackend({ backend: 'cpu' })()
  expect(threaded).toEqual(product())
})
