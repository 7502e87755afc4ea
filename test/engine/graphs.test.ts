import * as tf from '@tensorflow/tfjs-core'
import { initialise } from 'kinograd/engine/tfjs'
import { beforeAll, describe, expect } from 'vitest'
import { disposeConstants, modelConstants } from '../../src/engine/tfjs/model/forward.ts'
import { disposeParameters } from '../../src/engine/tfjs/model/parameters.ts'
import type { Binding, Made, NodeBackend } from '../../src/engine/tfjs/native/binding.ts'
import { graphRunner } from '../../src/engine/tfjs/native/graph/graphs.ts'
import type { Graph } from '../../src/engine/tfjs/native/graph/operation.ts'
import { type Recorder, recorderOf } from '../../src/engine/tfjs/native/graph/record.ts'
import { registerGradients } from '../../src/engine/tfjs/tensors/gradient-rules.ts'
import { gradientOf } from '../../src/engine/tfjs/train/gradient.ts'
import { fc, test } from '../property.ts'
import { backends, use } from './backends.ts'
import { tinyConfig } from './tiny-config.ts'
import { apart, noise, promptOf, weighted, words } from './tiny-engine.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
const shape = [4, 6]

/** Operations on tensors of one shape, each through other kernels. */
const operations: readonly ((a: tf.Tensor, b: tf.Tensor) => tf.Tensor)[] = [
  (a, b) => tf.add(a, b),
  (a, b) => tf.sub(a, b),
  (a, b) => tf.mul(a, tf.sigmoid(b)),
  (a, b) => tf.div(a, tf.add(1, tf.square(b))),
  (a, b) => tf.maximum(a, tf.minimum(b, 0.5)),
  (a, b) => tf.matMul(tf.matMul(a, b, false, true), tf.softmax(b)),
  (a, b) => tf.add(a, tf.mean(b, 1, true)),
  (a, b) => tf.sub(tf.max(a, 0, true), tf.sum(tf.abs(b), -1, true)),
  (a, b) => tf.slice(tf.concat(tf.split(tf.concat([a, b], 1), [3, 9], 1).reverse(), 1), [0, 2], shape),
  (a, b) => tf.reshape(tf.transpose(tf.reshape(tf.add(a, b), [2, 3, 4]), [2, 0, 1]), shape),
  (a, b) => tf.add(tf.gather(a, tf.tensor1d([3, 0, 0, 2], 'int32')), tf.reverse(b, 1)),
  a => tf.rsqrt(tf.add(1, tf.square(tf.tile(tf.slice(a, [0, 0], [4, 2]), [1, 3])))),
  a => tf.log(tf.add(1, tf.exp(tf.neg(tf.erf(a))))),
  // Kernels whose outcome is known only when they have run.
  (a, b) => tf.where(tf.greater(a, b), a, b),
  a => tf.cumsum(a, 1),
]

/** What is done one after the other to all tensors that there are: compute one more, read one, free one. */
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('compute' as const),
        operation: fc.nat(operations.length - 1),
        a: fc.nat(),
        b: fc.nat(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('read' as const, 'free' as const), a: fc.nat() }) },
  ),
  { minLength: 1, maxLength: 20 },
)
type Steps = typeof steps extends fc.Arbitrary<infer S> ? S : never

/** Everything that was read, and what is left at the end. */
const play = (program: Steps, values: readonly number[]): readonly (readonly number[])[] => {
  const alive = [tf.tensor2d([...values], [4, 6]), tf.tensor2d([...values].reverse(), [4, 6])] as tf.Tensor[]
  const read: number[][] = []
  for (const step of program) {
    const at = step.a % alive.length
    const a = alive[at] as tf.Tensor
    if (step.do === 'compute')
      alive.push(tf.tidy(() => operations[step.operation]?.(a, alive[step.b % alive.length] as tf.Tensor) as tf.Tensor))
    else if (step.do === 'read') read.push([...a.dataSync()])
    else if (alive.length > 1) alive.splice(at, 1)[0]?.dispose()
  }
  for (const tensor of alive) read.push([...tensor.dataSync()])
  tf.dispose(alive)
  return read
}

describe.skipIf(!backends.includes('native'))('graphs of TensorFlow (skipped: no native backend here)', () => {
  const recorders = new Map<string, Recorder>()
  let handles = (): number => 0
  beforeAll(async () => {
    await use('native')
    const backend = tf.backend() as unknown as NodeBackend & {
      readonly binding: { readonly getNumOfTensors: () => number }
    }
    recorders.set('in sessions', recorderOf(backend, 0))
    recorders.set('one by one', recorderOf(backend, Number.POSITIVE_INFINITY))
    handles = () => backend.binding.getNumOfTensors()
  }, 180_000)
  const ways = ['in sessions', 'one by one'] as const
  const of = (way: string): Recorder => recorders.get(way) as Recorder

  describe.each(ways)('%s', way => {
    test.prop([steps, fc.array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: 24, maxLength: 24 })], {
      // A session takes 50 ms to make.
      numRuns: way === 'in sessions' ? Math.ceil(numRuns / 5) : numRuns,
    })('any program gives the numbers of calls one by one, and leaves nothing', (program, values) => {
      const called = play(program, values)
      const [tensors, before] = [tf.memory().numTensors, handles()]
      const recorded = of(way)(() => play(program, values))
      expect(recorded.length).toBe(called.length)
      recorded.forEach((numbers, i) => {
        for (const [j, x] of numbers.entries()) expect(x).toBeCloseTo(called[i]?.[j] as number, 4)
      })
      expect([tf.memory().numTensors, handles()]).toEqual([tensors, before])
    })

    test('what work gives is there after it', () => {
      const result = of(way)(() => tf.tidy(() => tf.square(tf.add(tf.tensor1d([1, 2]), 1))))
      expect([...result.dataSync()]).toEqual([4, 9])
      result.dispose()
    })

    test('what is fed may be freed before it is used', () => {
      const fed = tf.tensor1d([1, 2])
      fed.dataSync()
      const computed = tf.add(fed, 1)
      const before = handles()
      const result = of(way)(() => {
        const sum = tf.add(computed, fed)
        tf.dispose([computed, fed])
        return sum
      })
      expect([...result.dataSync()]).toEqual([3, 5])
      result.dispose()
      expect(handles()).toBeLessThan(before)
    })

    test('work that throws leaves nothing', () => {
      const fed = tf.tidy(() => tf.add(tf.tensor1d([1, 2]), 1))
      const [tensors, before] = [tf.memory().numTensors, handles()]
      const failing = () =>
        tf.tidy(() => {
          tf.square(tf.add(fed, 1))
          throw new Error('on the way')
        })
      expect(() => of(way)(failing)).toThrow('on the way')
      expect([tf.memory().numTensors, handles()]).toEqual([tensors, before])
      expect([...tf.tidy(() => of(way)(() => tf.add(fed, 1)).dataSync())]).toEqual([3, 4])
      fed.dispose()
    })

    test('inside of other recorded work it is part of that', () => {
      const result = of(way)(() => {
        const inner = of(way)(() => tf.add(tf.tensor1d([1]), 1))
        return tf.mul(inner, 3)
      })
      expect([...result.dataSync()]).toEqual([6])
    })
  })
})

describe.skipIf(!backends.includes('native'))('a training pass (skipped: no native backend here)', () => {
  beforeAll(() => use('native'), 60_000)

  test.each([false, true])('has the gradient of calls one by one (checkpointing %s)', checkpointing => {
    registerGradients()
    const backend = tf.backend() as unknown as NodeBackend
    const parameters = initialise(tinyConfig, 1)
    const model = { config: tinyConfig, parameters, constants: modelConstants(tinyConfig) }
    const groups = [1, 2].map(seed => ({
      prompt: promptOf([noise(seed)], [5, 6, 7]),
      completions: [words(seed, 4), words(seed + 10, 6)],
    }))
    const [called = [], inSession = []] = [Number.POSITIVE_INFINITY, 0].map(enough =>
      recorderOf(
        backend,
        enough,
      )(() => {
        const pass = gradientOf(model, [...parameters.keys()], groups, weighted(), { layout: 'qwen', checkpointing })
        const numbers = [pass.loss, pass.norm, ...pass.pieces.flatMap(piece => [...piece.dataSync()])]
        tf.dispose([...pass.pieces])
        return numbers
      }),
    )
    expect(called.some(x => x !== 0)).toBe(true)
    expect(apart(inSession, called)).toBeLessThan(1e-5)
    disposeParameters(parameters)
    disposeConstants(model.constants)
  })
})

describe('sessions', () => {
  const binding = () => {
    const log: string[] = []
    let made = 0
    const fake = {
      loadSavedModel: () => {
        log.push('load')
        return made++
      },
      deleteSavedModel: (session: number) => log.push(`delete ${session}`),
      runSavedModel: (session: number, ids: readonly number[], names: string, wanted: string): readonly Made[] => {
        log.push(`run ${session}: ${names} = ${ids} -> ${wanted}`)
        return []
      },
    }
    return { log, run: graphRunner(fake as unknown as Binding) }
  }
  const graph = (name: string): Graph => ({
    operations: [
      { name, attributes: [{ name: 'T', type: 4, value: 1 }], inputs: [{ feed: 0 }, { feed: 1 }], outputs: [1] },
    ],
    feeds: [1, 1],
    wanted: [{ operation: 0, output: 0 }],
  })

  test('one for all graphs of the same operations', () => {
    const { log, run } = binding()
    run(graph('Add'), [7, 8])
    run(graph('Add'), [9, 8])
    run(graph('Mul'), [7, 8])
    expect(log).toEqual([
      'load',
      'run 0: f0:0,f1:0 = 7,8 -> w0:0',
      'run 0: f0:0,f1:0 = 9,8 -> w0:0',
      'load',
      'run 1: f0:0,f1:0 = 7,8 -> w0:0',
    ])
  })

  test('32 are kept, the one that was used longest ago goes first', () => {
    const { log, run } = binding()
    for (let i = 0; i < 32; i++) run(graph(`Add${i}`), [1, 2])
    run(graph('Add0'), [1, 2])
    run(graph('Add32'), [1, 2])
    expect(log.filter(line => line.startsWith('delete'))).toEqual(['delete 1'])
  })
})
