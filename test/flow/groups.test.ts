import { either as E } from 'fp-ts'
import {
  batch,
  batchOf,
  batchTally,
  each,
  failFast,
  fault,
  type GroupPolicy,
  gate,
  type Item,
  items,
  keepAll,
  minViable,
  stage,
  stageError,
  tolerate,
  within,
} from 'kinograd/flow'
import { lastValueFrom, type Observable, of, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'

const even = (seen: number[] = []) =>
  stage.fromEither<number, number>({ name: 'even', item: n => `n${n}` }, n => {
    seen.push(n)
    return n % 2 === 0 ? E.right(n) : E.left(fault('Odd', `${n} is odd`, 'Give an even one'))
  })
const collect = <T>(source: Observable<T>) => lastValueFrom(source.pipe(toArray()))
const causes = (outputs: readonly Item<unknown>[]) =>
  outputs.map(o => (E.isLeft(o) ? `${o.left.item}: ${o.left.fault.cause}` : 'good'))

describe('group policies', () => {
  const grouped = async (policy: GroupPolicy, seen: number[] = []) =>
    collect(items([0, 1, 2, 3, 4, 5]).pipe(batch(6), each(even(seen), policy)))

  test('keepAll carries the failed ones', async () => {
    const [group] = await grouped(keepAll)
    if (group === undefined || E.isLeft(group)) throw new Error('a batch was expected')
    expect(group.right.items).toEqual([0, 2, 4])
    expect(group.right.failed.map(e => e.item)).toEqual(['n1', 'n3', 'n5'])
  })
  test('failFast gives up at the first failure and starts no further member', async () => {
    const seen: number[] = []
    expect(causes(await grouped(failFast, seen))).toEqual([
      'batch 0: 1 of 6 members failed; the first at even, n1: 1 is odd',
    ])
    expect(seen).toEqual([0, 1])
  })
  test('minViable gives up when too few can still succeed', async () => {
    const seen: number[] = []
    expect(causes(await grouped(minViable(5), seen))[0]).toMatch(
      /^batch 0: 2 of 6 members failed, which leaves 4 where 5 are needed; the first at even, n1/,
    )
    expect(seen).toEqual([0, 1, 2, 3])
    expect(causes(await grouped(minViable(3)))).toEqual(['good'])
  })
  test('a policy that throws costs its group, nothing else', async () => {
    const broken: GroupPolicy = {
      name: 'broken',
      giveUp: failed => {
        if (failed > 0) throw new Error('policy')
        return undefined
      },
    }
    const scope = each(within(gate({ inFlight: 2 }), even()), broken)
    expect(causes(await collect(items([0, 1, 2, 4]).pipe(batch(2), scope)))).toEqual([
      'batch 0: threw Error: policy',
      'good',
    ])
  })
  test('minViable(0) is refused', () => expect(() => minViable(0)).toThrow('minViable(0)'))
})

describe('tolerate', () => {
  const run = async (pattern: string, maxRate: number, window: number) => {
    const marks = [...pattern].map((mark, i): Item<number> => (mark === 'x' ? wrong(i) : E.right(i)))
    const seen: Item<number>[] = []
    const error = await new Promise<unknown>(resolve =>
      tolerate<number>({ maxRate, window })(
        items(marks.keys()).pipe(s =>
          stage.fromEither<number, number>({ name: 's', item: String }, i => {
            const mark = marks[i] ?? wrong(i)
            return E.isLeft(mark) ? E.left(mark.left.fault) : mark
          })(s),
        ),
      ).subscribe({ next: o => seen.push(o), error: resolve, complete: () => resolve(undefined) }),
    )
    return { count: seen.length, error: error instanceof Error ? error.message : error }
  }
  const wrong = (i: number): Item<never> => E.left(stageError('s', `${i}`, fault('X', `x${i}`, '')))

  test('passes everything up to the rate, and ends the stream right after the failure that is too much', async () => {
    expect(await run('..x...x...', 0.2, 10)).toEqual({ count: 10, error: undefined })
    const over = await run('..x...xx..', 0.2, 10)
    expect(over.count).toBe(8)
    expect(over.error).toMatch(/^3 of the latest 8 items failed and at most 0.2 of 10 may; the last: s: 7: x7/)
  })
  test('only the window counts', async () =>
    expect(await run('x.........x.........x', 0.1, 10)).toEqual({ count: 21, error: undefined }))
  test('a stream shorter than the window is judged at its end', async () =>
    expect((await run('x..', 0.2, 10)).error).toMatch(/^1 of the latest 3 items failed/))
  test('rate 0: the first failure; rate 1: never', async () => {
    expect((await run('.x.', 0, 5)).count).toBe(2)
    expect(await run('xxx', 1, 2)).toEqual({ count: 3, error: undefined })
  })
  test('0.29 of 100 allows exactly 29, whatever binary fractions say', async () => {
    expect((await run('x'.repeat(29) + '.'.repeat(71), 0.29, 100)).error).toBe(undefined)
    expect((await run('x'.repeat(30), 0.29, 100)).count).toBe(30)
  })
  test('members of batches count through their tally', async () => {
    const batches = [batchOf(0, [E.right(1), E.right(2)]), batchOf(1, [wrong(3), wrong(4)])]
    const tolerant = tolerate({ maxRate: 0.25, window: 4, tally: batchTally<number> })
    await expect(collect(tolerant(items(batches)))).rejects.toThrow('2 of the latest 4')
  })
  test('a defect is not turned into a Left by a scope around it', async () => {
    const strict = tolerate<number>({ maxRate: 0, window: 1 })
    const scope = within(gate({ inFlight: 2 }), (s: Observable<Item<number>>) => strict(even()(s)))
    await expect(collect(scope([2, 3, 4]))).rejects.toThrow('TooManyFailures')
  })
  test('a fatal fault ends the stream at once, with its tag and remedy, however much is tolerated', async () => {
    const patient = tolerate<number>({ maxRate: 1, window: 100, fatal: ({ _tag }) => _tag === 'NoKey' })
    const lost = E.left(stageError('ask', 'clip 4', fault('NoKey', 'the key is not accepted', 'Check it')))
    const read: Item<number>[] = []
    const ended = await new Promise<unknown>(resolve =>
      patient(of(E.right(1), wrong(2), lost, E.right(3))).subscribe({ next: item => read.push(item), error: resolve }),
    )
    expect(read).toEqual([E.right(1), wrong(2), lost])
    expect(ended).toMatchObject({
      fault: { _tag: 'NoKey', cause: 'ask: clip 4: the key is not accepted', remedy: 'Check it' },
    })
  })
  test('nonsense is refused', () => expect(() => tolerate({ maxRate: 2, window: 1 })).toThrow('maxRate 2, window 1'))
})
