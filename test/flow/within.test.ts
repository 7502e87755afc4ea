import { either as E, taskEither as TE } from 'fp-ts'
import { batch, each, fault, gate, items, iterate, report, stage, unbatch, weigh, within } from 'kinograd/flow'
import { lastValueFrom, take, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'

const collect = <T>(source: import('rxjs').Observable<T>) => lastValueFrom(source.pipe(toArray()))
const name = (n: number) => `n${n}`

function* counting(onReturn: () => void = () => {}) {
  let n = 0
  try {
    while (true) yield n++
  } finally {
    onReturn()
  }
}

describe('within', () => {
  test('gives the outputs in the order of an endless source, holding no more than inFlight', async () => {
    let alive = 0
    let peak = 0
    let returned = 0
    const work = stage.fromTaskEither<number, number>({ name: 'double', item: name }, n => async () => {
      peak = Math.max(peak, ++alive)
      await Promise.resolve()
      alive -= 1
      return n % 5 === 3 ? E.left(fault('Odd', `${n}`, '')) : E.right(n * 2)
    })
    const scope = within(gate({ inFlight: 3 }), work)
    const outputs = await collect(scope(counting(() => returned++)).pipe(take(7)))
    expect(outputs.map(o => (E.isRight(o) ? o.right : report(o.left)))).toEqual([
      0,
      2,
      4,
      'double: n3: 3 (Odd). ',
      8,
      10,
      12,
    ])
    expect([peak, returned]).toEqual([3, 1])
  })

  test('waits for bytes that become known inside', async () => {
    const memory = gate({ inFlight: 4, bytes: 10, name: 'memory' })
    let peak = 0
    memory.stats$.subscribe(s => {
      peak = Math.max(peak, s.bytes)
    })
    const work = (source: import('rxjs').Observable<E.Either<import('kinograd/flow').StageError, number>>) =>
      stage.fromTaskEither<number, number>({ name: 'later', item: name }, n => TE.fromTask(async () => n))(
        weigh<number>(memory, n => n)(source),
      )
    const outputs = await collect(within(memory, work)([4, 5, 6, 11, 3]))
    expect(outputs.map(o => (E.isRight(o) ? o.right : o.left.fault._tag))).toEqual([4, 5, 6, 'TooHeavy', 3])
    expect(peak).toBeLessThanOrEqual(10)
  })

  test('batches are pulled, lifted and taken apart', async () => {
    const g = gate({ inFlight: 2, name: 'batches' })
    const work = stage.fromEither<number, string>({ name: 'even', item: name }, n =>
      n % 2 === 0 ? E.right(`${n}`) : E.left(fault('Odd', `${n}`, '')),
    )
    const seen: string[] = []
    for await (const item of iterate(
      items(counting()).pipe(batch(3), within(g, each(within(gate({ inFlight: 2 }), work))), unbatch()),
    )) {
      seen.push(E.isRight(item) ? item.right : item.left.fault._tag)
      if (seen.length === 8) break
    }
    expect(seen).toEqual(['0', '2', 'Odd', '4', 'Odd', 'Odd', '6', '8'])
  })
})
