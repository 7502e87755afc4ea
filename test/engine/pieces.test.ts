import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import { adamw, chain, clipByGlobalNorm, initialise, type Optimiser } from 'kinograd/engine/tfjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { disposeCheckpoint, readCheckpoint, writeCheckpoint } from '../../src/engine/tfjs/files/checkpoint.ts'
import { type Learner, learnerOf } from '../../src/engine/tfjs/learner.ts'
import { type Piece, pieceOf, piecesOf } from '../../src/engine/tfjs/train/pieces.ts'
import { fc, test as property } from '../property.ts'
import { backends, use } from './backends.ts'
import { right } from './golden.ts'
import { tinyConfig } from './tiny-config.ts'
import { apart } from './tiny-engine.ts'

const settings = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.1 }
type Moments = 'float32' | 'bfloat16'
const optimiserOf = (moments: Moments, limit = 0.5): Optimiser =>
  chain(clipByGlobalNorm(limit), adamw({ ...settings, moments }))

const learner = (optimiser: Optimiser, pieceNumbers?: number, parameters = initialise(tinyConfig, 1)): Learner =>
  learnerOf({
    config: tinyConfig,
    parameters,
    optimiser,
    frozen: [],
    trains: () => true,
    format: {},
    dropoutSeed: 0,
    ...(pieceNumbers === undefined ? {} : { pieceNumbers }),
  })

/** Numbers of a piece, small enough for the largest tensors to be cut. */
const [cut, otherCut] = [1500, 1100]

const sizeOf = ({ pieces }: Learner): number => pieces.reduce((sum, { size }) => sum + size, 0)

/** The same gradient, however it is cut. */
const gradient = ({ pieces }: Learner, seed: number): readonly tf.Tensor1D[] =>
  pieces.map(({ from, size }: Piece) =>
    tf.tensor1d(
      Float32Array.from({ length: size }, (_, i) => Math.sin((from + i) * 0.7 + seed) * 10 ** (((from + i) % 5) - 4)),
    ),
  )

const stepped = (it: Learner, seed: number, rate = 0.01) => {
  it.accumulate(gradient(it, seed))
  return it.step(rate)
}

const weightsOf = (it: Learner): readonly number[] =>
  [...it.model().parameters.values()].flatMap(x => [...x.dataSync()])

describe('a plan of pieces', () => {
  property.prop([fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 20 })])(
    'holds every number once, in order, and none is small but before a large tensor and at the end',
    sizes => {
      const pieces = piecesOf(sizes, 16)
      const total = sizes.reduce((a, b) => a + b, 0)
      let at = 0
      for (const { from, size, tensors, within, ends } of pieces) {
        expect(from).toBe(at)
        at += size
        const whole = sizes.slice(...tensors).reduce((a, b) => a + b, 0)
        expect(ends).toBe((within ?? 0) + size === whole)
        expect(size).toBeLessThan(16 + 2 * 16)
      }
      expect(at).toBe(total)
      // A small tensor and one just below the cut are one piece too.
      if (total <= 32) expect(pieces).toHaveLength(1)
      expect(pieces.length).toBeLessThanOrEqual(Math.ceil((3 * total) / 16))
    },
  )

  test('a piece has the numbers of its place', async () => {
    await use('cpu')
    const tensors = [tf.tensor2d([0, 1, 2, 3, 4, 5], [2, 3]), tf.range(6, 90), tf.range(90, 95), tf.range(95, 140)]
    const pieces = piecesOf(
      tensors.map(({ size }) => size),
      8,
    )
    const all = pieces.flatMap(piece => [...pieceOf(piece, i => tensors[i]!).dataSync()])
    expect(all).toEqual(Array.from({ length: 140 }, (_, i) => i))
    expect(pieces.length).toBeGreaterThan(10)
  })
})

describe.each(backends)('steps in pieces on %s', { timeout: 60_000 }, backend => {
  beforeAll(() => use(backend), 60_000)

  test.each(['float32', 'bfloat16'] as const)('move weights as one piece does (%s moments)', moments => {
    const [whole, pieces] = [learner(optimiserOf(moments)), learner(optimiserOf(moments), cut)]
    expect(whole.pieces).toHaveLength(1)
    expect(pieces.pieces.length).toBeGreaterThan(10)
    expect(pieces.pieces.some(({ within }) => within !== undefined)).toBe(true)
    for (const seed of [1, 2, 3]) {
      const [a, b] = [right(stepped(whole, seed)), right(stepped(pieces, seed))]
      expect(Math.abs(b.gradientNorm / a.gradientNorm - 1)).toBeLessThan(1e-4)
    }
    expect(apart(weightsOf(pieces), weightsOf(whole))).toBeLessThan(moments === 'float32' ? 1e-5 : 1e-4)
    whole.dispose()
    pieces.dispose()
  })

  test('an optimiser that does not say so gets the whole vector', () => {
    const { init, update } = optimiserOf('float32')
    const seen: (readonly [number, number])[] = []
    const own: Optimiser = {
      init,
      update: (...given) => {
        seen.push([given[0].size, given.length])
        return update(...given)
      },
    }
    const it = learner(own, cut)
    right(stepped(it, 1))
    expect(seen).toEqual([[sizeOf(it), 4]])
    it.dispose()
  })

  test('a chain works in pieces only where none but its first link needs the norm', () => {
    const adam = adamw(settings)
    const { init, update } = adam
    expect(chain(clipByGlobalNorm(1), adam).inPieces).toBe('withNorm')
    expect(chain(adam, adam).inPieces).toBe('alone')
    expect(chain(adam, clipByGlobalNorm(1)).inPieces).toBeUndefined()
    expect(chain(clipByGlobalNorm(1), { init, update }).inPieces).toBeUndefined()
  })

  test.each([
    ['a gradient', 0.01, Number.NaN],
    ['a learning rate', Number.POSITIVE_INFINITY, 0],
    ['a learning rate that overflows in some pieces', 1e38, 0],
  ])('%s that is not finite is refused, and nothing has changed', (_, rate, last) => {
    const it = learner(optimiserOf('float32', Number.POSITIVE_INFINITY), cut)
    right(stepped(it, 1))
    const [before, count] = [weightsOf(it), tf.memory().numTensors]
    const sum = gradient(it, 2)
    const end = sum.at(-1)!
    it.accumulate([
      ...sum.slice(0, -1),
      tf.tidy(() => tf.concat1d([tf.slice1d(end, 0, end.size - 1), tf.tensor1d([last])])),
    ])
    end.dispose()
    expect(it.step(rate)).toMatchObject(E.left({ _tag: 'NotFinite' }))
    expect(weightsOf(it)).toEqual(before)
    expect(tf.memory().numTensors).toBe(count)
    // And it goes on as one that was never asked.
    const other = learner(optimiserOf('float32', Number.POSITIVE_INFINITY), cut)
    right(stepped(other, 1))
    right(stepped(other, 3))
    right(stepped(it, 3))
    expect(weightsOf(it)).toEqual(weightsOf(other))
    it.dispose()
    other.dispose()
  })

  test('what an optimiser throws leaves weights and tensors as they were', () => {
    const { staysFinite: _, ...plain } = adamw(settings)
    let calls = 0
    const it = learner({ ...plain, update: (...given) => (calls++ === 3 ? thrown() : plain.update(...given)) }, cut)
    const before = weightsOf(it)
    const count = tf.memory().numTensors
    expect(() => stepped(it, 1)).toThrow('no more')
    expect(weightsOf(it)).toEqual(before)
    expect(tf.memory().numTensors).toBe(count)
    it.dispose()
  })

  test('a step that is sure to be finite is not tried before', () => {
    const { staysFinite, ...tried } = adamw(settings)
    for (const [optimiser, times] of [
      [{ ...tried, staysFinite: staysFinite! }, 1],
      [tried, 2],
    ] as const) {
      let calls = 0
      const it = learner(
        {
          ...optimiser,
          update: (...given) => {
            calls++
            return optimiser.update(...given)
          },
        },
        cut,
      )
      right(stepped(it, 1))
      expect(calls).toBe(times * it.pieces.length)
      it.dispose()
    }
  })

  test('weights that were not finite, and that no gradient tells of, end a step where they stand', () => {
    const parameters = new Map(initialise(tinyConfig, 1))
    const name = [...parameters.keys()].at(-1)!
    const weight = parameters.get(name)!
    parameters.set(name, tf.fill(weight.shape, Number.NaN))
    weight.dispose()
    const it = learner(optimiserOf('float32'), cut, parameters)
    const failed = stepped(it, 1)
    expect(failed).toMatchObject(E.left({ _tag: 'NotFinite' }))
    expect(E.isLeft(failed) && failed.left.remedy).toMatch(
      /^Pieces 1 to \d+ of \d+ were moved, .* load the last checkpoint/,
    )
    it.dispose()
  })

  test.each([
    ['float32', 'float32', true],
    ['bfloat16', 'bfloat16', true],
    ['float32', 'bfloat16', false],
    ['bfloat16', 'float32', false],
  ] as const)('saved with %s moments, gone on from with %s', async (had, has, same) => {
    const folder = await mkdtemp(join(tmpdir(), 'kinograd-pieces-'))
    // Saved in other pieces than it is read in.
    const [it, other] = [learner(optimiserOf(had), cut), learner(optimiserOf(has), otherCut)]
    for (const seed of [1, 2]) right(stepped(it, seed))
    const captured = it.capture()
    right(await writeCheckpoint(folder, captured)())
    disposeCheckpoint(captured)
    other.adopt(right(await readCheckpoint(folder, tinyConfig, other.fits())()))
    expect(weightsOf(other)).toEqual(weightsOf(it))
    for (const seed of [3, 4]) {
      right(stepped(it, seed))
      right(stepped(other, seed))
    }
    const off = apart(weightsOf(other), weightsOf(it))
    if (same) expect(off).toBeLessThan(1e-6)
    else expect(off).toBeLessThan(1e-3)
    it.dispose()
    other.dispose()
    await rm(folder, { recursive: true })
  })

  test('a resumed training with bfloat16 moments is the unbroken one, bit by bit', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kinograd-pieces-'))
    const [it, other] = [learner(optimiserOf('bfloat16'), cut), learner(optimiserOf('bfloat16'), cut)]
    for (const seed of [1, 2]) right(stepped(it, seed))
    const captured = it.capture()
    right(await writeCheckpoint(folder, captured)())
    disposeCheckpoint(captured)
    other.adopt(right(await readCheckpoint(folder, tinyConfig, other.fits())()))
    for (const seed of [3, 4, 5]) {
      right(stepped(it, seed))
      right(stepped(other, seed))
    }
    expect(weightsOf(other)).toEqual(weightsOf(it))
    it.dispose()
    other.dispose()
    await rm(folder, { recursive: true })
  })
})

test.each([
  [{}, 1, 1e-3, true],
  [{}, Number.NaN, 1e-3, false],
  [{}, 1e19, 1e-3, false],
  [{}, 1, Number.POSITIVE_INFINITY, false],
  [{}, 1, 1e30, false],
  [{ epsilon: 0 }, 1, 1e-3, false],
  [{ beta1: 0.99, beta2: 0.9 }, 1, 1e-3, false],
  [{ weightDecay: 1e9 }, 1, 1e-3, false],
])('AdamW with %o, a gradient of norm %d and a rate of %d is sure to stay finite: %o', (change, norm, rate, sure) => {
  const adam = adamw({ ...settings, ...change })
  expect(adam.staysFinite?.(norm, rate)).toBe(sure)
  expect(chain(clipByGlobalNorm(1), adam).staysFinite?.(norm, rate)).toBe(sure)
  const { init, update } = adam
  expect(chain(adam, { init, update }).staysFinite?.(norm, rate)).toBe(false)
})

const thrown = (): never => {
  throw new Error('no more')
}

describe('memory of a step in pieces', () => {
  beforeAll(() => use('cpu'), 60_000)

  /** The most bytes of tensors while work runs, by tfjs's own book, looked at whenever a tensor is made. */
  const most = (work: () => unknown): number => {
    const engine = tf.engine() as unknown as { trackTensor: (...given: unknown[]) => void }
    const { trackTensor } = engine
    let peak = tf.memory().numBytes
    engine.trackTensor = function (this: unknown, ...given) {
      trackTensor.apply(this, given)
      peak = Math.max(peak, tf.memory().numBytes)
    }
    try {
      work()
    } finally {
      engine.trackTensor = trackTensor
    }
    return peak
  }

  test.each([
    ['float32', 16],
    ['bfloat16', 12],
  ] as const)('is weights, gradient and moments, and a little (%s moments)', (moments, bytes) => {
    const numbers = 500
    const peakOf = (pieceNumbers?: number) => {
      const before = tf.memory().numBytes
      const it = learner(optimiserOf(moments), pieceNumbers)
      const [largest, size] = [Math.max(...[...it.model().parameters.values()].map(x => x.size)), sizeOf(it)]
      right(stepped(it, 1))
      it.accumulate(gradient(it, 2))
      const peak = most(() => right(it.step(0.01))) - before
      it.dispose()
      return { peak, largest, size }
    }
    const { peak, largest, size } = peakOf(numbers)
    // Beside what stands: some vectors of a piece (of up to three times as many numbers), and the largest tensor twice.
    expect(peak).toBeLessThan(bytes * size + 8 * largest + 15 * 4 * 3 * numbers + 10_000)
    expect(peakOf().peak).toBeGreaterThan((bytes + 16) * size)
  })
})
