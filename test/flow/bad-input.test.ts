import { either as E, taskEither as TE } from 'fp-ts'
import { batch, each, gate, type Item, items, iterate, report, type Stage, stage, weigh, within } from 'kinograd/flow'
import { config, EMPTY, lastValueFrom, mergeMap, NEVER, type Observable, of, throwError, toArray } from 'rxjs'
import { afterEach, describe, expect, test, vi } from 'vitest'

const collect = <T>(source: Observable<T>) => lastValueFrom(source.pipe(toArray()))
const named = { name: 'work', item: (n: number) => `n${n}` }
const later = stage.fromTaskEither<number, number>(named, n => TE.fromTask(async () => n))
const shown = (outputs: readonly Item<unknown>[]) => outputs.map(o => (E.isRight(o) ? o.right : report(o.left)))
/** A stage of plain RxJS that does something else for item 2. */
const odd =
  (two: () => Observable<Item<number>>): Stage<number, number> =>
  source =>
    source.pipe(mergeMap(item => (E.isRight(item) && item.right === 2 ? two() : of(item))))

describe('bad input has a defined outcome', () => {
  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('a gate of width %s is refused', inFlight =>
    expect(() => gate({ inFlight, name: 'g' })).toThrow(`gate g: inFlight is ${inFlight} (BadGate). Give an integer`),
  )
  test.each([0, -5, Number.NaN])('a budget of %s is refused', bytes =>
    expect(() => gate({ inFlight: 1, bytes })).toThrow(`bytes is ${bytes}`),
  )
  test.each([0, 2.5])('a batch of %s is refused', n => expect(() => batch(n)).toThrow(`a batch of ${n}`))

  test('an item above the whole budget, a weight that is no number, weighing twice: Lefts with both numbers', async () => {
    const g = gate({ inFlight: 3, bytes: 10, name: 'memory' })
    const once = weigh<number>(g, n => (n === 3 ? Number.NaN : n))
    const outputs = await collect(within(g, once)([1, 11, 3]))
    expect(shown(outputs)).toEqual([
      1,
      'weigh: #1: it weighs 11 bytes and gate memory has a budget of 10 (TooHeavy). Raise the budget, or make the item smaller before it is held (fewer frames, lower resolution)',
      'weigh: #2: the weight is NaN (BadWeight). Give weigh a function that returns a number of bytes',
    ])
    const twice = await collect(within(g, (s: Observable<Item<number>>) => once(once(s)))([1]))
    expect(shown(twice)[0]).toMatch(/WeighedTwice/)
  })

  test('weigh outside of its scope is a defect that says where it stands', async () => {
    const g = gate({ inFlight: 1, name: 'memory' })
    expect(() => weigh<number>(g, n => n)(items([1]))).toThrow('weigh(memory) is used outside of any scope')
    const wrong = within(
      gate({ inFlight: 1, name: 'cpu' }),
      weigh<number>(g, n => n),
    )
    await expect(collect(wrong([1]))).rejects.toThrow('weigh(memory) is used inside gate cpu')
  })

  test('a source that throws in the middle: its error comes through after what was handed on, all is closed', async () => {
    function* broken() {
      yield 1
      yield 2
      throw new Error('line 3 is cut off')
    }
    const g = gate({ inFlight: 1 })
    const seen: Item<number>[] = []
    const reading = async () => {
      for await (const item of iterate(within(g, later)(broken()))) seen.push(item)
    }
    await expect(reading()).rejects.toThrow('line 3 is cut off')
    expect(shown(seen)).toEqual([1, 2])
  })

  test('a stage that emits nothing, throws, or fails: a Left for that item, the others go on', async () => {
    const run = async (two: () => Observable<Item<number>>) =>
      shown(await collect(within(gate({ inFlight: 2, name: 'g' }), odd(two), { item: n => `n${n}` })([1, 2, 3])))
    expect(await run(() => EMPTY)).toEqual([1, expect.stringMatching(/^g: n2: the stage ended without output/), 3])
    expect(await run(() => throwError(() => new TypeError('no')))).toEqual([
      1,
      expect.stringMatching(/^g: n2: threw TypeError: no \(Thrown\)/),
      3,
    ])
    const thrower = stage.pure<number, number>(named, n => {
      if (n === 2) throw new RangeError('two')
      return n
    })
    expect(shown(await collect(within(gate({ inFlight: 2 }), thrower)([1, 2, 3])))).toEqual([
      1,
      expect.stringMatching(/^work: n2: threw RangeError: two/),
      3,
    ])
    const rejecting = stage.fromTaskEither<number, number>(named, () => () => Promise.reject(new Error('rejected')))
    expect(shown(await collect(within(gate({ inFlight: 2 }), rejecting)([1])))[0]).toMatch(/work: n1: threw Error: rej/)
  })

  test('an item whose name cannot be had does not stop the stream', async () => {
    const nameless = stage.fromEither<number, number>({ name: 'work', item: () => JSON.parse('{') }, () =>
      E.left({ _tag: 'No', cause: 'no', remedy: 'none' }),
    )
    expect(shown(await collect(within(gate({ inFlight: 1 }), nameless)([1])))[0]).toMatch(
      /work: \(not to be named: Synt/,
    )
  })

  test('a stage that never ends keeps its slot, and its siblings go on', async () => {
    const g = gate({ inFlight: 2 })
    const seen: Item<number>[] = []
    const stuck = within(
      g,
      odd(() => NEVER),
      { order: 'completion' },
    )([1, 2, 3, 4]).subscribe(o => seen.push(o))
    expect(shown(seen)).toEqual([1, 3, 4])
    stuck.unsubscribe()
  })

  describe('a consumer that throws', () => {
    afterEach(() => {
      config.onUnhandledError = null
    })
    test('in for await: everything is closed, the error is the reader’s', async () => {
      let returned = 0
      const source = {
        [Symbol.iterator]: () => {
          let n = 0
          return {
            next: () => ({ done: false as const, value: n++ }),
            return: () => {
              returned += 1
              return { done: true as const, value: undefined }
            },
          }
        },
      }
      const g = gate({ inFlight: 3 })
      const reading = async () => {
        for await (const _ of iterate(within(g, later)(source))) throw new Error('reader')
      }
      await expect(reading()).rejects.toThrow('reader')
      expect(returned).toBe(1)
      g.stats$.subscribe(stats => expect(stats.active).toBe(0)).unsubscribe()
    })
    test('in subscribe: RxJS reports it as unhandled, and the scope is not harmed', async () => {
      vi.useFakeTimers()
      const unhandled: unknown[] = []
      config.onUnhandledError = error => unhandled.push(error)
      const seen: number[] = []
      within(
        gate({ inFlight: 1 }),
        stage.pure<number, number>(named, n => n),
      )([1, 2]).subscribe(o => {
        if (E.isRight(o)) seen.push(o.right)
        if (seen.length === 1) throw new Error('consumer')
      })
      vi.runAllTimers()
      vi.useRealTimers()
      expect(seen).toEqual([1, 2])
      expect(unhandled.map(String)).toEqual(['Error: consumer'])
    })
  })

  test('gates nested in contrary orders are refused by name instead of deadlocking', async () => {
    const a = gate({ inFlight: 1, name: 'a' })
    const b = gate({ inFlight: 1, name: 'b' })
    await collect(within(a, within(b, later))([1]))
    await expect(collect(within(b, within(a, later))([1]))).rejects.toThrow(
      'gate a is used inside gate b here, and b inside a elsewhere',
    )
  })

  test('an empty source ends at once', async () => {
    const scope = within(gate({ inFlight: 2 }), each(later))
    expect(await collect(items<number>([]).pipe(batch(3), scope))).toEqual([])
  })
})
