import { either as E } from 'fp-ts'
import { type Fault, gate, type Item, stage, timeout, within } from 'kinograd/flow'
import { take } from 'rxjs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

const about = { name: 'work', item: (n: number) => `n${n}` }
type Answer = E.Either<Fault, number>

describe('the signal of a stage', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** Answers after so many milliseconds unless its signal fires; notes which signals fired. */
  const slow = (ms: number, aborted: number[]) => (n: number, signal: AbortSignal) => () =>
    new Promise<Answer>(resolve => {
      const timer = setTimeout(() => resolve(E.right(n)), ms)
      signal.addEventListener('abort', () => {
        clearTimeout(timer)
        aborted.push(n)
      })
    })

  test('fires on unsubscribe for what is under way, and not for what is done', async () => {
    const aborted: number[] = []
    const seen: Item<number>[] = []
    const scope = within(gate({ inFlight: 2 }), stage.fromTaskEither(about, slow(10, aborted)))
    const subscription = scope([1, 2, 3, 4]).subscribe(o => seen.push(o))
    await vi.advanceTimersByTimeAsync(15)
    expect([seen.length, aborted]).toEqual([2, []])
    subscription.unsubscribe()
    expect(aborted.toSorted()).toEqual([3, 4])
  })

  test('fires when a timeout among the policies strikes', async () => {
    const aborted: number[] = []
    const tags: unknown[] = []
    const hasty = stage.fromTaskEither({ ...about, policies: [timeout(5)] }, slow(10, aborted))
    within(gate({ inFlight: 1 }), hasty)([7]).subscribe(o => tags.push(E.isLeft(o) && o.left.fault._tag))
    await vi.advanceTimersByTimeAsync(6)
    expect([tags, aborted]).toEqual([['TimedOut'], [7]])
  })

  test('fires when the timeout of the scope strikes; the Left names the stage that was at work', async () => {
    const aborted: number[] = []
    const seen: Item<number>[] = []
    const scope = within(gate({ inFlight: 1 }), stage.fromTaskEither(about, slow(10, aborted)), { timeout: 5 })
    scope([7]).subscribe(o => seen.push(o))
    await vi.advanceTimersByTimeAsync(6)
    expect(seen.map(o => E.isLeft(o) && [o.left.stage, o.left.fault._tag])).toEqual([['work', 'TimedOut']])
    expect(aborted).toEqual([7])
  })

  test('of an async iterable fires when the stream is cut short', async () => {
    const aborted: number[] = []
    const pages = stage.fromAsyncIterable<number, number>(about, async function* (n, signal) {
      signal.addEventListener('abort', () => aborted.push(n))
      for (let page = 0; ; page += 1) yield E.right(page)
    })
    const seen: Item<number>[] = []
    within(
      gate({ inFlight: 1 }),
      pages,
    )([7])
      .pipe(take(3))
      .subscribe(o => seen.push(o))
    await vi.advanceTimersByTimeAsync(1)
    expect(seen).toEqual([E.right(0), E.right(1), E.right(2)])
    expect(aborted).toEqual([7])
  })
})
