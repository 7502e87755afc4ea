import { either as E, type taskEither as TE } from 'fp-ts'
import { type Fault, fromItems, type Item, items, iterate, type Stage, stage } from 'kinograd/flow'
import { describe, expect, test } from 'vitest'

/** Values of other libraries, or of none, where a source or an Either is needed. What the compiler would refuse is cast here. */

const named = { name: 'work', item: String }
const same = stage.pure(named, (n: number) => n)
const all = async (source: ReturnType<typeof items<number>>) => {
  const seen: Item<number>[] = []
  for await (const item of iterate(source)) seen.push(item)
  return seen
}

/** Observable as the ECMAScript proposal, zen-observable and rxjs 9 have it: without `lift`. */
const foreign = { subscribe: () => ({ unsubscribe: () => undefined }), [Symbol.for('observable')]: () => undefined }

describe('what is no source is a defect that says what to give', () => {
  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, 'a number'],
    ['text', 'a string'],
    [{}, 'a plain object'],
    [foreign, 'a plain object'],
    [Promise.resolve([1]), 'a value of class Promise'],
    [Object.create(null), 'a plain object'],
  ])('%s', async (given, kind) => {
    const source = given as Iterable<number>
    const line = `a source is ${kind}, and an iterable, an async iterable or an Observable of rxjs 7 is needed (NotASource). Put from(`
    expect(() => items(source)).toThrow(line)
    await expect(all(source as unknown as ReturnType<typeof items<number>>)).rejects.toThrow(line)
  })

  test('from a function of a stage it ends the stream', async () => {
    const wrong = stage.fromAsyncIterable(named, () => foreign as unknown as AsyncIterable<E.Either<Fault, number>>)
    await expect(all(items([1]).pipe(wrong))).rejects.toThrow('NotASource')
  })
})

/** A Right of fp-ts 1, which has `value` where fp-ts 2 has `right`, and other answers that are no Either. */
const others = [{ _tag: 'Right', value: 2 }, { _tag: 'Success', success: 2 }, { right: 2 }, 2, undefined, null]

describe('an answer that is no Either of fp-ts 2 ends the stream and says so', () => {
  test.each(others.map(other => [other]))('%j', async other => {
    const answer = other as unknown as E.Either<Fault, number>
    const stages: readonly Stage<number, number>[] = [
      stage.fromEither(named, () => answer),
      stage.fromTaskEither(named, (() => async () => answer) as () => TE.TaskEither<Fault, number>),
      stage.fromTaskEither({ ...named, policies: [attempt => attempt] }, () => async () => answer),
    ]
    for (const wrong of stages)
      await expect(all(items([1]).pipe(wrong))).rejects.toThrow(
        'and an Either of fp-ts 2 is needed (NotAnEither). Return',
      )
    const source = [E.right(1), other] as readonly Item<number>[]
    await expect(all(fromItems(source).pipe(same))).rejects.toThrow('NotAnEither')
  })

  test('a source that is refused in the middle is closed', async () => {
    let closed = false
    function* source() {
      try {
        yield E.right(1)
        yield 2 as unknown as Item<number>
      } finally {
        closed = true
      }
    }
    await expect(all(fromItems<number>(source()))).rejects.toThrow('NotAnEither')
    expect(closed).toBe(true)
  })
})
