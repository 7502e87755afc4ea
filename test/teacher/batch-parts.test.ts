import fc from 'fast-check'
import { either as E } from 'fp-ts'
import { onAbort } from 'kinograd/flow'
import { describe, expect, test } from 'vitest'
import { due } from '../../src/teacher/batches/due.ts'
import { entryOf, type JournalEntry, lineOf } from '../../src/teacher/batches/entry.ts'
import { history } from '../../src/teacher/batches/history.ts'
import { outbox, type Parcel } from '../../src/teacher/batches/outbox.ts'

const text = fc.string({ unit: 'binary', maxLength: 40 })
const spent = fc.record({
  inputTokens: fc.nat(),
  outputTokens: fc.nat(),
  cacheReadTokens: fc.nat(),
  cacheWriteTokens: fc.nat(),
  answers: fc.nat(),
  lost: fc.nat(),
  untold: fc.nat(),
})
const entries: fc.Arbitrary<JournalEntry> = fc.oneof(
  fc.record({ kind: fc.constant('created' as const), chunk: fc.nat(), batch: text }),
  fc.record({
    kind: fc.constant('creating' as const),
    chunk: fc.nat(),
    at: fc.nat(),
    reserve: fc.nat(),
    keys: fc.array(text),
  }),
  fc.record({
    kind: fc.constant('collected' as const),
    chunk: fc.nat(),
    spent,
    faults: fc.array(fc.record({ key: text, tag: text, cause: text, remedy: text })),
    again: fc.array(text),
  }),
)

describe('a line of the journal', () => {
  test('is one line, and says what was written', () => {
    fc.assert(
      fc.property(entries, entry => {
        const line = lineOf(entry)
        expect(line.indexOf('\n')).toBe(line.length - 1)
        expect(entryOf(line.slice(0, -1))).toEqual(E.right(entry))
      }),
    )
  })
  test('of which any part is missing or altered is none', () => {
    fc.assert(
      fc.property(entries, fc.nat(), fc.integer({ min: 1, max: 127 }), (entry, place, other) => {
        const bytes = Buffer.from(lineOf(entry).slice(0, -1))
        const at = place % bytes.length
        expect(E.isLeft(entryOf(bytes.toString('utf8', 0, at)))).toBe(true)
        bytes[at] = (bytes[at] ?? 0) ^ other
        expect(E.isLeft(entryOf(bytes.toString()))).toBe(true)
      }),
    )
  })
})

const parcel = (key: string, bytes: number): Parcel => ({
  key,
  bytes,
  reserve: 0,
  request: { custom_id: key, params: { model: 'm', max_tokens: 1, messages: [] } },
})

describe('the outbox', () => {
  test('hands over each request once, in order, in chunks within both limits, and never waits for itself', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 10 }), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.integer({ min: 10, max: 25 }),
        fc.integer({ min: 1, max: 5 }),
        async (all, bytes, requests) => {
          const chunks: (readonly Parcel[])[] = []
          const box = outbox({ bytes, requests }, 60_000, async chunk => {
            await Promise.resolve()
            chunks.push(chunk)
          })
          await Promise.all(all.map((size, n) => box.add(parcel(String(n), size))))
          await box.flush()
          expect(chunks.flat().map(({ key }) => key)).toEqual(all.map((_, n) => String(n)))
          for (const chunk of chunks) {
            expect(chunk.length).toBeLessThanOrEqual(requests)
            expect(chunk.reduce((sum, one) => sum + one.bytes, 0)).toBeLessThanOrEqual(bytes)
          }
        },
      ),
    )
  })
  test('adds nothing while a chunk waits to be taken', async () => {
    let take: () => void = () => undefined
    const taken = new Promise<void>(resolve => {
      take = resolve
    })
    const box = outbox({ bytes: 10, requests: 1 }, 60_000, () => taken)
    await box.add(parcel('a', 1))
    let added = false
    const adding = box.add(parcel('b', 1)).then(() => {
      added = true
    })
    await new Promise(resolve => setTimeout(resolve, 5))
    expect(added).toBe(false)
    take()
    await adding
    expect(box.clear().map(({ key }) => key)).toEqual(['b'])
  })
  test('forgets what is removed, its bytes too', async () => {
    const chunks: (readonly Parcel[])[] = []
    const box = outbox({ bytes: 10, requests: 9 }, 60_000, async chunk => void chunks.push(chunk))
    await box.add(parcel('a', 9))
    box.remove('a')
    box.remove('a')
    await box.add(parcel('b', 9))
    expect(chunks).toEqual([])
    await box.flush()
    expect(chunks.map(chunk => chunk.map(({ key }) => key))).toEqual([['b']])
  })
})

test('a history knows of each question where it is, and adds up what was spent', () => {
  const nothing = { cacheReadTokens: 0, cacheWriteTokens: 0, untold: 0 }
  const told = history({ input: 1, output: 2 })
  told.apply({ kind: 'creating', chunk: 1, at: 5, reserve: 3, keys: ['a', 'b', 'c'] })
  told.apply({ kind: 'creating', chunk: 2, at: 6, reserve: 4, keys: ['d'] })
  expect(told.open().map(({ number, batch }) => [number, batch])).toEqual([
    [1, undefined],
    [2, undefined],
  ])
  told.apply({ kind: 'failed', chunk: 2 })
  expect(told.chunkOf('d')).toBe(undefined)
  told.apply({ kind: 'created', chunk: 1, batch: 'x' })
  expect([told.knows('x'), told.knows('y'), told.chunkOf('a')?.batch]).toEqual([true, false, 'x'])
  told.apply({
    kind: 'collected',
    chunk: 1,
    spent: { ...nothing, inputTokens: 1e6, outputTokens: 1e6, answers: 1, lost: 1 },
    faults: [{ key: 'b', tag: 'Refused', cause: 'no', remedy: '' }],
    again: ['c'],
  })
  expect(told.open()).toEqual([])
  expect(told.spent()).toMatchObject({ dollars: 3, answers: 1, lost: 1 })
  expect([told.chunkOf('c'), told.faultOf('b')?._tag, told.faultOf('a')]).toEqual([undefined, 'Refused', undefined])
  expect(told.next()).toBe(3)
  // Sent again, and the older chunk says nothing about it any more.
  told.apply({ kind: 'creating', chunk: 3, at: 7, reserve: 1, keys: ['c'] })
  told.apply({ kind: 'failed', chunk: 1 })
  expect(told.chunkOf('c')?.number).toBe(3)
})

test('looks come later each time, up to the longest, and old batches are looked at at once', () => {
  const watching = due([100, 1000])
  watching.add(1, undefined, false)
  watching.add(2, undefined, true)
  const now = performance.now()
  expect(watching.first()?.number).toBe(2)
  expect(watching.first()?.due).toBeLessThanOrEqual(now)
  watching.remove(2)
  const one = watching.first()!
  expect(one.due - now).toBeLessThanOrEqual(125)
  const waits = Array.from({ length: 12 }, () => {
    watching.later(one)
    return one.due - performance.now()
  })
  expect(waits[0]).toBeGreaterThan(70)
  expect(waits[1]).toBeGreaterThan(110)
  expect(Math.max(...waits)).toBeLessThanOrEqual(1250)
  expect(waits.at(-1)).toBeGreaterThan(740)
})

test('a signal has one listener for all who wait, and none when nobody does', () => {
  const controller = new AbortController()
  const heard: number[] = []
  const forget = [1, 2, 3].map(n => onAbort(controller.signal, () => heard.push(n)))
  forget[1]?.()
  controller.abort()
  expect(heard).toEqual([1, 3])
  for (const one of forget) one()
})
