import { either as E } from 'fp-ts'
import { fault, items, stage } from 'kinograd/flow'
import { consume } from 'kinograd/run'
import { expect, test } from 'vitest'

const source = function* (closed: () => void) {
  try {
    for (let n = 0; n < 9; n++) yield n
  } finally {
    closed()
  }
}
const full = fault('NoSpace', 'the disk is full', 'Free some space.')
const forever = new AbortController().signal

test('what an item cannot be written down with ends the stream and is the answer', async () => {
  const seen: number[] = []
  let closed = 0
  const item = (n: number) => {
    seen.push(n)
    return n === 2 ? E.left(full) : E.right(undefined)
  }
  const result = await consume(items(source(() => closed++)), { item }, forever)()
  expect(result).toEqual(E.left(full))
  expect([seen, closed]).toEqual([[0, 1, 2], 1])
})

test('so is what a failure cannot be written down with', async () => {
  const failing = stage.fromEither<number, number>({ name: 'odd', item: String }, n =>
    n % 2 === 1 ? E.left(fault('Odd', `${n} is odd`, '')) : E.right(n),
  )
  const told: string[] = []
  const failed = async ({ item }: { item: string }) => {
    told.push(item)
    return told.length === 2 ? E.left(full) : E.right(undefined)
  }
  expect(await consume(items([0, 1, 2, 3, 4, 5]).pipe(failing), { item: () => {}, failed }, forever)()).toEqual(
    E.left(full),
  )
  expect(told).toEqual(['1', '3'])
})
