import { either as E, type taskEither as TE } from 'fp-ts'
import type { Engine } from 'kinograd/engine'
import { expect, test } from 'vitest'
import { timedEngine } from '../../src/recipe/timed-engine.ts'

test('says where the seconds of an update went, each second once', async () => {
  let clock = 0
  const taking =
    <A>(seconds: number, value: A): TE.TaskEither<never, A> =>
    async () => {
      clock += seconds
      return E.right(value)
    }
  const inner: Engine = {
    capabilities: { backend: 'clock', parameters: 0, maxTokens: 9 },
    sample: () => taking(3, []),
    logprobs: () => taking(1, []),
    forwardBackward: () => taking(5, { loss: 0, metrics: {} }),
    optimStep: () => taking(2, { gradientNorm: 0 }),
    save: () => taking(7, undefined),
    load: () => taking(7, undefined),
    dispose: () => undefined,
  }
  const { engine, taken } = timedEngine(inner, () => clock)
  clock += 4
  const sampling = { count: 1, maxTokens: 1, temperature: 1, stop: [], seed: 0 }
  await engine.sample([], sampling)()
  await engine.logprobs([])()
  await engine.forwardBackward([], () => ({ loss: 0, gradient: [], metrics: {} }))()
  await engine.optimStep(1)()
  await engine.save('x')()
  expect(taken()).toEqual({ rollout: 3, update: 8, other: 11 })
  expect(taken()).toEqual({ rollout: 0, update: 0, other: 0 })
  await engine.sample([], sampling)()
  expect(taken()).toEqual({ rollout: 3, update: 0, other: 0 })
})
