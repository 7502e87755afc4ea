import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect } from 'vitest'
import { uniformStream } from '../../src/engine/tfjs/tensors/random.ts'
import {
  disposeScores,
  type Head,
  headGradient,
  matricesAtOnce,
  rowsAtOnce,
  scoreTokens,
} from '../../src/engine/tfjs/train/head.ts'
import { fc, test } from '../property.ts'
import { backends, use } from './backends.ts'
import { apart } from './tiny-engine.ts'

const [hidden, vocabulary] = [6, 11]

/** Bytes that make chunks of so many rows. */
const bytesOf = (rows: number): number => rows * matricesAtOnce * 4 * vocabulary

const random = (size: number, seed: number, scale = 1): Float32Array => {
  const next = uniformStream(seed, 80)
  return Float32Array.from({ length: size }, () => scale * (2 * next() - 1))
}

const inputs = (tokens: number, seed: number) => ({
  rows: random(tokens * hidden, seed, 3),
  weight: random(vocabulary * hidden, seed + 1),
  targets: Int32Array.from(random(tokens, seed + 2), x => Math.floor(((x + 1) / 2) * vocabulary) % vocabulary),
  slopes: random(tokens, seed + 3),
})

type Inputs = ReturnType<typeof inputs>

/** log π, entropies and gradients in float64, one row at a time. */
const reference = ({ rows, weight, targets, slopes }: Inputs) => {
  const tokens = targets.length
  const logprobs: number[] = []
  const entropies: number[] = []
  const byRows = new Float64Array(rows.length)
  const byWeight = new Float64Array(weight.length)
  for (let t = 0; t < tokens; t++) {
    const logits = Array.from({ length: vocabulary }, (_, v) => {
      let sum = 0
      for (let i = 0; i < hidden; i++) sum += (rows[t * hidden + i] ?? 0) * (weight[v * hidden + i] ?? 0)
      return sum
    })
    const total = Math.log(logits.reduce((sum, l) => sum + Math.exp(l), 0))
    const target = targets[t] ?? 0
    logprobs.push((logits[target] ?? 0) - total)
    entropies.push(total - logits.reduce((sum, l) => sum + Math.exp(l - total) * l, 0))
    for (const [v, l] of logits.entries()) {
      const slope = (slopes[t] ?? 0) * ((v === target ? 1 : 0) - Math.exp(l - total))
      for (let i = 0; i < hidden; i++) {
        byRows[t * hidden + i] = (byRows[t * hidden + i] ?? 0) + slope * (weight[v * hidden + i] ?? 0)
        byWeight[v * hidden + i] = (byWeight[v * hidden + i] ?? 0) + slope * (rows[t * hidden + i] ?? 0)
      }
    }
  }
  return { logprobs, entropies, byRows, byWeight }
}

/** The same by the head, in chunks of so many bytes. */
const computed = ({ rows, weight, targets, slopes }: Inputs, bytes?: number) => {
  const before = tf.memory().numTensors
  const head: Head = {
    rows: tf.tensor2d(rows, [targets.length, hidden]),
    weight: tf.tensor2d(weight, [vocabulary, hidden]),
    targets,
  }
  const scores = scoreTokens(head, { entropy: true, ...(bytes === undefined ? {} : { bytes }) })
  const back = headGradient(head, scores, slopes, true)
  const byRows = Float64Array.from(back.rows.dataSync())
  const byWeight = Float64Array.from(back.weight?.dataSync() ?? [])
  disposeScores(scores)
  tf.dispose([head.rows, head.weight, back.rows, ...(back.weight === undefined ? [] : [back.weight])])
  expect(tf.memory().numTensors).toBe(before)
  return { logprobs: [...scores.logprobs], entropies: [...(scores.entropies ?? [])], byRows, byWeight }
}

describe.each(backends)('the head, on %s', backend => {
  beforeAll(() => use(backend), 60_000)

  test.prop([fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.nat(1000)], { numRuns: 20 })(
    'gives log-probabilities, entropies and gradients as in float64, in chunks of any size',
    (tokens, chunk, seed) => {
      const given = inputs(tokens, seed)
      const expected = reference(given)
      for (const bytes of [bytesOf(chunk), undefined]) {
        const found = computed(given, bytes)
        expect(apart(found.logprobs, expected.logprobs)).toBeLessThan(1e-5)
        expect(apart(found.entropies, expected.entropies)).toBeLessThan(1e-5)
        expect(apart(found.byRows, expected.byRows)).toBeLessThan(1e-5)
        expect(apart(found.byWeight, expected.byWeight)).toBeLessThan(1e-5)
      }
    },
  )

  test('a weight that is not trained gets no gradient', () => {
    tf.tidy(() => {
      const { rows, weight, targets, slopes } = inputs(3, 1)
      const head = { rows: tf.tensor2d(rows, [3, hidden]), weight: tf.tensor2d(weight, [vocabulary, hidden]), targets }
      expect(headGradient(head, scoreTokens(head), slopes, false).weight).toBeUndefined()
    })
  })

  test('more than the bound is never alive at once', () => {
    const given = inputs(64, 5)
    const peak = (bytes: number): number => {
      let most = 0
      const engine = tf.engine() as unknown as { makeTensor: unknown; trackTensor: (...args: unknown[]) => void }
      const track = engine.trackTensor
      engine.trackTensor = function (this: unknown, ...args) {
        track.apply(this, args)
        most = Math.max(most, tf.memory().numBytes)
      }
      const before = tf.memory().numBytes
      computed(given, bytes)
      engine.trackTensor = track
      return most - before
    }
    const own = 4 * hidden * (2 * 64 + 2 * 64 + 3 * vocabulary) + 64 * 24
    expect(peak(bytesOf(4))).toBeLessThan(bytesOf(4) + own)
    expect(peak(bytesOf(64))).toBeGreaterThan(bytesOf(32))
  })
})

test.prop([fc.integer({ min: 1, max: 200_000 }), fc.integer({ min: 1, max: 2 ** 30 })])(
  'rows at once: as many as the bound allows, never none',
  (size, bytes) => {
    const rows = rowsAtOnce(size, bytes)
    expect(rows).toBeGreaterThan(0)
    if (rows > 1) expect(rows * matricesAtOnce * 4 * size).toBeLessThanOrEqual(bytes)
    expect((rows + 1) * matricesAtOnce * 4 * size).toBeGreaterThan(bytes)
  },
)
