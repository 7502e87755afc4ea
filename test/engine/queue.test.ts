import { getEventListeners } from 'node:events'
import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import type { Engine, EngineFault } from 'kinograd/engine'
import type { Optimiser } from 'kinograd/engine/tfjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { turns } from '../../src/engine/tfjs/turns.ts'
import { backends, use } from './backends.ts'
import { right } from './golden.ts'
import { descent, fingerprint, noise, promptOf, sampling, tinyEngine, weighted, words } from './tiny-engine.ts'

const prompt = promptOf([noise(1)])
const groups = [{ prompt, completions: [words(1, 4)] }]
const left = (tag: string) => E.left({ _tag: tag })
const fault: EngineFault = { _tag: 'Disposed', cause: 'it is over', remedy: 'none' }

/** A promise and what settles it. */
const gate = () => {
  let open = (): void => undefined
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open }
}

describe('turns', () => {
  const inOrder = async (delays: readonly number[]): Promise<readonly string[]> => {
    const queue = turns()
    const log: string[] = []
    await Promise.all(
      delays.map((delay, i) =>
        queue.take(async () => {
          log.push(`${i} begins`)
          for (let n = 0; n < delay; n++) await Promise.resolve()
          log.push(`${i} ends`)
          return E.right(i)
        }),
      ),
    )
    return log
  }

  test('come one after the other, in the order in which they were asked for', async () => {
    expect(await inOrder([5, 0, 3])).toEqual(['0 begins', '0 ends', '1 begins', '1 ends', '2 begins', '2 ends'])
  })

  test('what waits and is cancelled leaves at once, and the others go on', async () => {
    const queue = turns()
    const { opened, open } = gate()
    const long = queue.take(() => opened.then(() => E.right('long')))
    const controller = new AbortController()
    const waits = queue.take(() => E.right('never'), { signal: controller.signal })
    const after = queue.take(() => E.right('after'))
    controller.abort()
    expect(await waits).toMatchObject(left('Cancelled'))
    open()
    expect(await Promise.all([long, after])).toEqual([E.right('long'), E.right('after')])
  })

  test('what waits for something else leaves at once too, and does not hold up those behind it', async () => {
    const queue = turns()
    const { opened } = gate()
    const controller = new AbortController()
    const waits = queue.take(() => E.right('never'), { signal: controller.signal, after: () => opened })
    const behind = queue.take(() => E.right('behind'))
    await new Promise(resolve => setImmediate(resolve))
    controller.abort()
    expect(await waits).toMatchObject(left('Cancelled'))
    expect(await behind).toEqual(E.right('behind'))
  })

  test('what is thrown is a Left, and the next turn comes', async () => {
    const queue = turns()
    const failing = queue.take(() => {
      throw new RangeError('no')
    })
    const rejecting = queue.take(() => Promise.reject(new Error('nor this')))
    const next = queue.take(() => E.right(1))
    expect(await failing).toMatchObject(E.left({ _tag: 'Thrown', cause: 'RangeError: no' }))
    expect(await rejecting).toMatchObject(E.left({ _tag: 'Thrown', cause: 'Error: nor this' }))
    expect(await next).toEqual(E.right(1))
  })

  test('closed: all end, and what there is is freed once, when nothing runs', async () => {
    const queue = turns()
    let freed = 0
    const { opened, open } = gate()
    const running = queue.take(async signal => {
      await opened
      signal.throwIfAborted()
      return E.right(1)
    })
    const waiting = queue.take(() => E.right(2))
    await new Promise(resolve => setImmediate(resolve))
    const close = () => queue.close(fault, () => freed++)
    close()
    close()
    expect(await waiting).toEqual(E.left(fault))
    expect(freed).toBe(0)
    open()
    expect(await running).toEqual(E.left(fault))
    expect(freed).toBe(1)
    expect(await queue.take(() => E.right(3))).toEqual(E.left(fault))
  })

  test('many may wait for one signal, which has one listener, and none when all are over', async () => {
    const queue = turns()
    const controller = new AbortController()
    const { signal } = controller
    const listening = () => getEventListeners(signal, 'abort').length
    const take = (n: number) => Array.from({ length: n }, (_, i) => queue.take(() => E.right(i), { signal }))
    const twenty = take(20)
    expect(listening()).toBe(1)
    expect(await Promise.all(twenty)).toEqual(Array.from({ length: 20 }, (_, i) => E.right(i)))
    expect(listening()).toBe(0)
    const others = take(20)
    controller.abort()
    for (const other of others) expect(await other).toMatchObject(left('Cancelled'))
    expect(listening()).toBe(0)
  })
})

describe.each(backends)('verbs on %s', { timeout: 120_000 }, backend => {
  beforeAll(() => use(backend), 60_000)

  /** What a reader sees who asks for everything at once, and one who awaits each verb. */
  const both = async (engine: Engine, wait: boolean) => {
    const asked: Promise<unknown>[] = []
    const ask = async <A>(verb: () => Promise<A>): Promise<void> => {
      asked.push(verb())
      if (wait) await asked.at(-1)
    }
    for (let i = 0; i < 4; i++) {
      await ask(engine.sample([prompt], sampling({ seed: i, maxTokens: 3 })))
      await ask(engine.forwardBackward(groups, weighted(i)))
      await ask(engine.optimStep(0.05))
      await ask(engine.logprobs(groups))
    }
    const results = await Promise.all(asked)
    engine.dispose()
    return results
  }

  test('asked for at once they give what they give one by one', async () => {
    const [once, oneByOne] = [await both(tinyEngine(), false), await both(tinyEngine(), true)]
    expect(once.every(result => E.isRight(result as E.Either<unknown, unknown>))).toBe(true)
    expect(once).toEqual(oneByOne)
  })

  test('a cancelled one that waits leaves at once', async () => {
    const engine = tinyEngine()
    const order: string[] = []
    const controller = new AbortController()
    const long = engine
      .sample([prompt], sampling({ maxTokens: 20 }))()
      .finally(() => order.push('long'))
    const waiting = [
      engine.sample([prompt], sampling(), controller.signal)(),
      engine.logprobs(groups, controller.signal)(),
      engine.forwardBackward(groups, weighted(), controller.signal)(),
      engine.optimStep(1, controller.signal)(),
      engine.save('nowhere', controller.signal)(),
      engine.load('nowhere', { signal: controller.signal })(),
    ].map(verb => verb.finally(() => order.push('left')))
    controller.abort()
    for (const verb of waiting) expect(await verb).toMatchObject(left('Cancelled'))
    right(await long)
    expect(order).toEqual([...waiting.map(() => 'left'), 'long'])
    engine.dispose()
  })

  test('after dispose each gives a Left, and so do those on their way and those that wait; all is freed', async () => {
    const before = tf.memory().numTensors
    const engine = tinyEngine()
    right(await engine.forwardBackward(groups, weighted())())
    const running = engine.sample([prompt], sampling({ maxTokens: 100 }))()
    const waiting = engine.optimStep(1)()
    await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
    engine.dispose()
    engine.dispose()
    expect(await running).toMatchObject(left('Disposed'))
    expect(await waiting).toMatchObject(left('Disposed'))
    expect(tf.memory().numTensors).toBe(before)
    const verbs = [
      engine.sample([prompt], sampling()),
      engine.logprobs(groups),
      engine.forwardBackward(groups, weighted()),
      engine.optimStep(1),
      engine.save('nowhere'),
      engine.load('nowhere'),
    ]
    for (const verb of verbs) expect(await verb()).toMatchObject(left('Disposed'))
  })

  test('an optimiser that throws: a Left; weights stay, the gradient is gone, no tensor stays', async () => {
    let failing = true
    const moody: Optimiser = {
      ...descent,
      update: (gradient, ...rest) => {
        if (!failing) return descent.update(gradient, ...rest)
        tf.square(gradient)
        throw new RangeError('not today')
      },
    }
    const [engine, same] = [tinyEngine({ optimiser: moody }), tinyEngine()]
    const before = tf.memory().numTensors
    right(await engine.forwardBackward(groups, weighted())())
    expect(await engine.optimStep(1)()).toMatchObject(E.left({ _tag: 'Thrown', cause: 'RangeError: not today' }))
    expect(tf.memory().numTensors).toBe(before)
    failing = false
    expect(await engine.optimStep(1)()).toEqual(E.right({ gradientNorm: 0 }))
    for (const one of [engine, same]) {
      right(await one.forwardBackward(groups, weighted())())
      right(await one.optimStep(0.1)())
    }
    expect(await fingerprint(engine)).toEqual(await fingerprint(same))
    engine.dispose()
    same.dispose()
  })

  test('arguments that are not of their types give a Left', async () => {
    const engine = tinyEngine()
    const none = undefined as never
    const results = [
      engine.sample(none, sampling()),
      engine.sample([prompt], none),
      engine.logprobs(none),
      engine.forwardBackward([none], weighted()),
      engine.forwardBackward(groups, none),
      engine.save(none),
      engine.load(none),
    ].map(verb => verb())
    for (const result of results) expect(await result).toMatchObject({ _tag: 'Left' })
    right(await engine.logprobs(groups)())
    engine.dispose()
  })
})
