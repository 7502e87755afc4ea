import * as tf from '@tensorflow/tfjs-core'
import { adamw, chain, clipByGlobalNorm, type Optimiser, type OptimiserState } from 'kinograd/engine/tfjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { brainOf, flatFloats } from '../../src/engine/tfjs/tensors/narrow.ts'
import { packingOf } from '../../src/engine/tfjs/tensors/packed.ts'
import { uniformStream } from '../../src/engine/tfjs/tensors/random.ts'
import { scoped } from '../../src/engine/tfjs/tensors/scoped.ts'
import { packAtRandom } from '../../src/engine/tfjs/tensors/stochastic.ts'
import { packBrain, unpack } from '../../src/engine/tfjs/tensors/unpack.ts'
import { fc, test as property } from '../property.ts'
import { backends, use } from './backends.ts'

const rounded = (values: readonly number[] | Float32Array, seed = 1, from = 0): Float32Array =>
  unpack(packAtRandom(Float32Array.from(values), { seed, from }), 'BF16', [values.length]).subarray(0, values.length)

/** The neighbours in bfloat16 between which a number lies. */
const neighbours = (x: number): readonly [number, number] => {
  const bits = new Uint32Array(Float32Array.of(x).buffer)[0]!
  const floatOf = (word: number) => new Float32Array(Uint32Array.of(word).buffer)[0]!
  const low = (bits & 0xffff0000) >>> 0
  return [floatOf(low), floatOf(low + 0x10000)]
}

const finite = fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-3e38), max: Math.fround(3e38) })

describe('rounding at random', () => {
  property.prop([fc.array(finite, { minLength: 1, maxLength: 9 }), fc.integer(), fc.nat(2 ** 31)])(
    'gives one of the two neighbours, and the number itself where bfloat16 has it',
    (values, seed, from) => {
      const once = rounded(values, seed, from)
      for (const [i, x] of values.entries()) {
        const [low, high] = neighbours(x)
        expect(once[i] === low || (once[i] === high && x !== low)).toBe(true)
      }
      expect(rounded(once, seed + 1, from)).toEqual(once)
    },
  )

  test('is right on the mean: up with a probability of how far on the way up a number is', () => {
    const draws = 2 ** 16
    for (const share of [0.003, 0.25, 0.5, 0.9])
      for (const [scale, sign] of [
        [1e-12, 1],
        [1, -1],
        [3000, 1],
      ] as const) {
        const [low, high] = neighbours(scale * sign)
        const x = Math.fround(low + share * (high - low))
        const part = (x - low) / (high - low)
        const values = new Float32Array(draws).fill(x)
        const ups = rounded(values, 3).reduce((sum, y) => sum + (y === low ? 0 : 1), 0) / draws
        // Five standard deviations of so many draws.
        expect(Math.abs(ups - part)).toBeLessThan(5 * Math.sqrt((part * (1 - part)) / draws))
      }
  })

  test('depends on seed and place alone: parts are drawn as the whole is', () => {
    const next = uniformStream(4)
    const values = Float32Array.from({ length: 101 }, () => next() - 0.5)
    const whole = rounded(values, 7, 10)
    for (const [from, size] of [
      [0, 50],
      [13, 20],
      [40, 61],
      [99, 1],
    ] as const)
      expect(rounded(values.subarray(from, from + size), 7, 10 + from)).toEqual(whole.subarray(from, from + size))
    expect(rounded(values, 8, 10)).not.toEqual(whole)
    expect(rounded(values, 7, 11)).not.toEqual(whole)
  })

  test('makes nothing infinite that was not, and leaves what is no number', () => {
    const most = 3.4028234663852886e38
    for (let seed = 0; seed < 50; seed++)
      expect(rounded([most, -most, Number.POSITIVE_INFINITY, Number.NaN], seed)).toEqual(
        Float32Array.of(neighbours(most)[0], -neighbours(most)[0], Number.POSITIVE_INFINITY, Number.NaN),
      )
  })
})

const settings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 }

describe.each(backends)('moments in bfloat16 on %s', backend => {
  beforeAll(() => use(backend), 60_000)

  test.each([1, 2, 7, 1000])('%d numbers pass through unharmed', size => {
    const words = packBrain(Float32Array.from({ length: size + (size % 2) }, (_, i) => Math.sin(i)))
    tf.tidy(() => {
      const numbers = unpack(words, 'BF16', [1, size + (size % 2)]).subarray(0, size)
      expect(flatFloats(brainOf(words, size)).dataSync()).toEqual(numbers)
    })
  })

  test('the second moment decays, where nearest rounding would let it stand still', () => {
    const [size, steps] = [4096, 1000]
    const optimiser = adamw({ ...settings, moments: 'bfloat16' })
    const decay = (slot: tf.Tensor1D): tf.Tensor1D =>
      tf.tidy(() => {
        let state: OptimiserState = { step: 0, slots: { mean: optimiser.init(size).slots.mean!, square: slot } }
        const zeros: tf.Tensor1D = tf.zeros([size])
        for (let i = 0; i < steps; i++) {
          const { slots } = state
          const next = scoped(() => optimiser.update(zeros, state, zeros, 0).state)
          tf.dispose(Object.values(slots))
          state = next
        }
        return flatFloats(state.slots.square!)
      })
    tf.tidy(() => {
      const start = new Float32Array(size).fill(1)
      const after = decay(brainOf(packBrain(start), size))
      const mean = tf.mean(after).dataSync()[0]!
      expect(mean).toBeGreaterThan(0.97 * 0.999 ** steps)
      expect(mean).toBeLessThan(1.03 * 0.999 ** steps)
      // What the same would be if it were rounded to nearest.
      let nearest: Float32Array = start
      for (let i = 0; i < 3; i++) nearest = unpack(packBrain(nearest.map(v => 0.999 * v)), 'BF16', [1, size])
      expect(nearest).toEqual(start)
    })
  })

  /** Some steps on a bowl whose sides are not equally steep; gives the last loss of both. */
  const descended = (
    optimiser: Optimiser,
    steps: number,
  ): { readonly loss: number; readonly state: readonly number[] } => {
    const size = 64
    const steep = tf.tensor1d(Array.from({ length: size }, (_, i) => 10 ** ((i % 4) - 2)))
    let at: tf.Tensor1D = tf.fill([size], 1)
    let state = optimiser.init(size)
    for (let i = 0; i < steps; i++) {
      const noise = tf.tensor1d(
        Float32Array.from(
          { length: size },
          (
            next => () =>
              next() - 0.5
          )(uniformStream(i)),
        ),
      )
      const gradient = tf.mul<tf.Tensor1D>(steep, tf.add(at, tf.mul(0.1, noise)))
      const { update, state: next } = optimiser.update(gradient, state, at, 0.01)
      at = tf.add(at, update)
      state = next
    }
    const loss = tf.mean(tf.square(at)).dataSync()[0]!
    return { loss, state: Object.values(state.slots).flatMap(slot => [...flatFloats(slot).dataSync()]) }
  }

  test('a training ends near where it does with moments in float32, and equal seeds alike', () => {
    tf.tidy(() => {
      const ends = (moments: 'float32' | 'bfloat16', seed = 0) =>
        descended(chain(clipByGlobalNorm(5), adamw({ ...settings, moments, seed })), 150)
      const [plain, brain, again, other] = [ends('float32'), ends('bfloat16'), ends('bfloat16'), ends('bfloat16', 1)]
      expect(plain.loss).toBeLessThan(0.05)
      expect(Math.abs(brain.loss - plain.loss)).toBeLessThan(0.1 * plain.loss + 1e-3)
      expect(again).toEqual(brain)
      expect(other.state).not.toEqual(brain.state)
    })
  })

  test('takes two bytes a number', () => {
    tf.tidy(() => {
      const before = tf.memory().numBytes
      const { slots } = adamw({ ...settings, moments: 'bfloat16' }).init(1000)
      expect(tf.memory().numBytes - before).toBe(4000)
      expect(Object.values(slots).map(slot => packingOf(slot)?.shape)).toEqual([[1000], [1000]])
    })
  })
})
