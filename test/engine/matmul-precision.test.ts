import * as tf from '@tensorflow/tfjs-core'
import { sftLoss } from 'kinograd/advantage'
import { initialise, loadedPrecision, selectBackend } from 'kinograd/engine/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { uniformStream } from '../../src/engine/tfjs/tensors/random.ts'
import { right } from './golden.ts'
import { tinyConfig } from './tiny-config.ts'
import { apart, gradientEngine, noise, promptOf, words } from './tiny-engine.ts'

const native = await selectBackend({ backend: 'native', matmulPrecision: 'bfloat16' })()
const rounds = native._tag === 'Right' && native.right.matmulPrecision === 'bfloat16'

const matrix = (seed: number, shape: readonly number[]): tf.Tensor => {
  const next = uniformStream(seed, 5)
  const size = shape.reduce((a, b) => a * b, 1)
  return tf.tensor(
    Float32Array.from({ length: size }, () => 2 * next() - 1),
    [...shape],
  )
}

/** The product in float64, of rows by columns, and the same of magnitudes. */
const exact = (
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  [m, k, n]: readonly [number, number, number],
  at: number,
) => {
  let [value, magnitude] = [0, 0]
  const [i, j] = [Math.floor(at / n) % m, at % n]
  for (let x = 0; x < k; x++) {
    const term = a[i * k + x]! * b[x * n + j]!
    value += term
    magnitude += Math.abs(term)
  }
  return { value, magnitude }
}

describe('products in bfloat16 are asked for in words that are known', () => {
  it('and refused in others', async () => {
    const env = { ...process.env, KINOGRAD_MATMUL_PRECISION: 'bf16' }
    expect(await selectBackend({ env })()).toEqual({
      _tag: 'Left',
      left: {
        _tag: 'NoBackend',
        cause: 'KINOGRAD_MATMUL_PRECISION is "bf16", not float32 or bfloat16',
        remedy: 'Set it to one of them, or take it away.',
      },
    })
  })
  it('WebAssembly has none, and says so', async () => {
    expect(right(await selectBackend({ backend: 'wasm', matmulPrecision: 'bfloat16' })())).toMatchObject({
      name: 'wasm',
      matmulPrecision: 'float32',
      detail: expect.stringMatching(/matrix products in float32 \(bfloat16 needs native TensorFlow\)$/),
    })
  })
})

describe.skipIf(native._tag === 'Left')('native TensorFlow (skipped where there is none)', () => {
  beforeAll(async () => void right(await selectBackend({ backend: 'native' })()))

  it('says which it is, and that it cannot be changed', async () => {
    expect(loadedPrecision()).toBe('bfloat16')
    const again = right(await selectBackend({ backend: 'native' })())
    expect(again.detail).toContain(rounds ? ', matrix products in bfloat16' : 'has none in bfloat16 on this processor')
    expect(await selectBackend({ backend: 'native', matmulPrecision: 'float32' })()).toMatchObject({
      left: { cause: 'matrix products are to be in float32, and TensorFlow was loaded for bfloat16 in this process' },
    })
    expect(right(await selectBackend({ backend: 'native', matmulPrecision: 'bfloat16' })())).toEqual(again)
  })

  /** Relative to the sum of magnitudes: two factors that are off by 2⁻⁹ each, and what float32 adds. */
  const most = rounds ? 2 ** -8 * 1.01 : 1e-5

  it.each([
    ['rows by columns', [300, 96, 192], false, false],
    ['the second turned', [300, 96, 192], false, true],
    ['the first turned', [192, 300, 96], true, false],
  ] as const)('large products, %s, are within rounding of their factors', (_, [m, k, n], turnA, turnB) => {
    const [a, b] = [matrix(1, [m, k]), matrix(2, [k, n])]
    const made = tf.tidy(() =>
      tf.matMul(turnA ? tf.transpose(a) : a, turnB ? tf.transpose(b) : b, turnA, turnB).dataSync(),
    )
    const [x, y] = [a.dataSync(), b.dataSync()]
    let largest = 0
    for (let at = 0; at < m * n; at += 97) {
      const { value, magnitude } = exact(x, y, [m, k, n], at)
      largest = Math.max(largest, Math.abs(made[at]! - value) / magnitude)
    }
    expect(largest).toBeLessThan(most)
    // And it is rounded at all: a test of float32 would pass the line above.
    expect(largest > 1e-5).toBe(rounds)
    tf.dispose([a, b])
  })

  it('small products stay in float32', () => {
    const [a, b] = [matrix(1, [8, 96]), matrix(2, [96, 192])]
    const made = tf.matMul(a, b).dataSync()
    const [x, y] = [a.dataSync(), b.dataSync()]
    for (let at = 0; at < made.length; at += 13) {
      const { value, magnitude } = exact(x, y, [8, 96, 192], at)
      expect(Math.abs(made[at]! - value)).toBeLessThan(1e-6 * magnitude)
    }
    tf.dispose([a, b])
  })

  it('a gradient points where that of float32 does', async () => {
    const config = {
      ...tinyConfig,
      text: {
        ...tinyConfig.text,
        hiddenSize: 64,
        intermediateSize: 192,
        headDim: 16,
        mropeSection: [2, 3, 3] as const,
      },
      vision: { ...tinyConfig.vision, outHiddenSize: 64 },
    }
    const groups = Array.from({ length: 8 }, (_, n) => ({
      prompt: promptOf([noise(n, [2, 8, 8])]),
      completions: [words(n, 40)],
    }))
    const gradientOn = async (backend: 'native' | 'wasm') => {
      right(await selectBackend({ backend })())
      const made = gradientEngine({ config, parameters: initialise(config, 3) })
      const found = await made.gradient(groups, sftLoss())
      made.engine.dispose()
      return found
    }
    const distance = apart(await gradientOn('native'), await gradientOn('wasm'))
    expect(distance).toBeLessThan(rounds ? 0.03 : 1e-3)
    expect(distance > 1e-3).toBe(rounds)
  }, 120_000)
})
