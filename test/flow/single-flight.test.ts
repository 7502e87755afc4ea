import { either as E, type taskEither as TE } from 'fp-ts'
import { type Fault, fault, singleFlight } from 'kinograd/flow'
import { describe, expect, test } from 'vitest'
import { fc, test as property } from '../property.ts'

type Answer = E.Either<Fault, number>

const cancelled = fault('Cancelled', 'the call was cancelled', 'Ask again.')
const slow = fault('TooSlow', 'it took too long', 'Wait longer.')
const joined = (value: number) => E.right({ value, joined: true })
const begun = (value: number) => E.right({ value, joined: false })

/** Calls that end when they are told to; those whose signal has aborted are noted. */
const calls = () => {
  const ends: ((answer: Answer) => void)[] = []
  const stopped: number[] = []
  const call =
    (signal: AbortSignal): TE.TaskEither<Fault, number> =>
    () =>
      new Promise(resolve => {
        const index = ends.push(resolve) - 1
        signal.addEventListener('abort', () => stopped.push(index))
      })
  return { call, ends, stopped }
}

describe('a call that is under way', () => {
  test('answers all who ask under its key, and only those', async () => {
    const [fly, { call, ends }] = [singleFlight<Fault, number>(), calls()]
    const answers = Promise.all(['a', 'a', 'b'].map(key => fly(key, call, { cancelled })()))
    expect(ends.length).toBe(2)
    ends[0]!(E.right(1))
    ends[1]!(E.right(2))
    expect(await answers).toEqual([begun(1), joined(1), begun(2)])
  })

  test('is made anew when it is over, well or not', async () => {
    const [fly, { call, ends }] = [singleFlight<Fault, number>(), calls()]
    for (const answer of [E.right(1), E.left(slow), E.right(3)]) {
      const asked = fly('a', call, { cancelled })()
      ends.at(-1)!(answer)
      expect(await asked).toEqual(E.map((value: number) => ({ value, joined: false }))(answer))
    }
    expect(ends.length).toBe(3)
  })

  test('fails for all who wait', async () => {
    const [fly, { call, ends }] = [singleFlight<Fault, number>(), calls()]
    const answers = Promise.all([1, 2].map(() => fly('a', call, { cancelled })()))
    ends[0]!(E.left(slow))
    expect(await answers).toEqual([E.left(slow), E.left(slow)])
  })

  test('goes on for the others when who began it leaves', async () => {
    const [fly, { call, ends, stopped }, first] = [singleFlight<Fault, number>(), calls(), new AbortController()]
    const left = fly('a', call, { signal: first.signal, cancelled })()
    const stays = fly('a', call, { cancelled })()
    first.abort()
    expect(await left).toEqual(E.left(cancelled))
    ends[0]!(E.right(7))
    expect(await stays).toEqual(joined(7))
    expect([ends.length, stopped]).toEqual([1, []])
  })

  test('is stopped when all have left, and the next begins anew', async () => {
    const [fly, { call, ends, stopped }, gone] = [singleFlight<Fault, number>(), calls(), new AbortController()]
    const answers = Promise.all([1, 2].map(() => fly('a', call, { signal: gone.signal, cancelled })()))
    gone.abort()
    expect(await answers).toEqual([E.left(cancelled), E.left(cancelled)])
    expect(stopped).toEqual([0])
    const next = fly('a', call, { cancelled })()
    ends[0]!(E.right(1))
    ends[1]!(E.right(2))
    expect(await next).toEqual(begun(2))
  })

  test('is not made for a signal that has aborted', async () => {
    const [fly, { call, ends }] = [singleFlight<Fault, number>(), calls()]
    expect(await fly('a', call, { signal: AbortSignal.abort(), cancelled })()).toEqual(E.left(cancelled))
    expect(ends.length).toBe(0)
  })

  test('rejects for all where it is a defect that rejects', async () => {
    const fly = singleFlight<Fault, number>()
    const broken = () => () => Promise.reject(new Error('broken'))
    const answers = [1, 2].map(() => fly('a', broken, { cancelled })())
    for (const answer of answers) await expect(answer).rejects.toThrow('broken')
  })
})

const actions = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('ask' as const), key: fc.nat({ max: 2 }) }),
    fc.record({ kind: fc.constant('leave' as const), who: fc.nat({ max: 30 }) }),
    fc.record({ kind: fc.constant('end' as const), which: fc.nat({ max: 10 }), well: fc.boolean() }),
  ),
  { maxLength: 40 },
)
const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)

property.prop([actions], { numRuns })('whoever asks, leaves and ends, and when', async all => {
  const [fly, { call, ends, stopped }] = [singleFlight<Fault, number>(), calls()]
  /** Of each key, the call under way and who waits for it, by a model of one line each. */
  const model = new Map<number, { readonly call: number; readonly waiting: Set<number> }>()
  const wanted: unknown[] = []
  const mustStop: number[] = []
  const asked: { readonly leave: () => void; readonly answer: Promise<unknown> }[] = []
  const settle = (who: Iterable<number>, answer: (index: number) => unknown) => {
    for (const index of who) wanted[index] = answer(index)
  }
  const end = async (key: number, answer: Answer) => {
    const { call: number, waiting } = model.get(key)!
    model.delete(key)
    const first = [...waiting]
    settle(first, index => E.map((value: number) => ({ value, joined: !beganBy.has(index) }))(answer))
    ends[number]!(answer)
    await new Promise(setImmediate)
  }
  const beganBy = new Set<number>()
  for (const action of all) {
    if (action.kind === 'ask') {
      const controller = new AbortController()
      const index = asked.length
      const flight = model.get(action.key)
      if (flight === undefined) {
        beganBy.add(index)
        model.set(action.key, { call: ends.length, waiting: new Set([index]) })
      } else flight.waiting.add(index)
      const answer = fly(String(action.key), call, { signal: controller.signal, cancelled })()
      asked.push({ leave: () => controller.abort(), answer })
    } else if (action.kind === 'leave') {
      asked[action.who]?.leave()
      for (const [key, { call: number, waiting }] of model) {
        if (!waiting.delete(action.who)) continue
        wanted[action.who] = E.left(cancelled)
        if (waiting.size > 0) continue
        mustStop.push(number)
        model.delete(key)
      }
    } else {
      const key = [...model.keys()][action.which]
      if (key !== undefined) await end(key, action.well ? E.right(action.which) : E.left(slow))
    }
  }
  for (const key of [...model.keys()]) await end(key, E.right(9))
  expect(await Promise.all(asked.map(({ answer }) => answer))).toEqual(wanted)
  expect(stopped).toEqual(mustStop)
})
