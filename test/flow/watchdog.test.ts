import { either as E, taskEither as TE } from 'fp-ts'
import { gate, pipeline, stage, watchdog, within } from 'kinograd/flow'
import { map, NEVER, timer } from 'rxjs'
import { expect, test } from 'vitest'
import { marbles } from './time.ts'

const about = (name: string) => ({ name, item: (n: number) => `clip ${n}` })
const fast = stage.pure<number, number>(about('probe'), n => n)
const slow = stage.fromObservable<number, number>(about('decode'), n =>
  n === 2 ? NEVER : timer(3).pipe(map(() => E.right(n))),
)

test('the watchdog names the oldest item and its stage, again and again, and is quiet when nothing is alive', () =>
  marbles(({ expectObservable }) => {
    const g = gate({ inFlight: 2, name: 'gpu' })
    const messages = watchdog(g, { quietMs: 10 }).pipe(map(stall => stall.message))
    const text = (quiet: number, age: number) =>
      `gate gpu: nothing has moved for ${quiet} ms; 1 alive, 0 waiting; the oldest, clip 2, has been alive for ${age} ms and is in decode`
    expectObservable(messages, '35ms !').toBe('16ms a 9ms b 8ms -', { a: text(10, 16), b: text(20, 26) })
    const scope = within(g, pipeline('clip', fast, slow), { item: n => `clip ${n}` })
    expectObservable(scope([1, 2, 3]).pipe(map(E.isRight)), '35ms !').toBe('---a 31ms -', { a: true })
  }))

test('the stats of a gate name the oldest item, and count', () => {
  const g = gate({ inFlight: 1, name: 'gpu' })
  const seen: unknown[] = []
  g.stats$.subscribe(({ oldest, ...counts }) => seen.push([counts.active, counts.done, oldest?.stage]))
  within(
    g,
    pipeline(
      'p',
      fast,
      stage.fromTaskEither<number, number>(about('later'), n => TE.of(n)),
    ),
  )([1]).subscribe()
  expect(seen.at(0)).toEqual([0, 0, undefined])
  expect(seen.at(-1)).toEqual([1, 0, 'later'])
})
