import { either as E, taskEither as TE } from 'fp-ts'
import {
  batch,
  each,
  feedback,
  gate,
  type Item,
  items,
  iterate,
  pipeline,
  type Stage,
  stage,
  within,
} from 'kinograd/flow'
import { map, type Observable } from 'rxjs'
import { describe, expect, test } from 'vitest'

/** What docs/flow.md says about the reader of a scope: how many later updates may be made when it has one in hand. */

const total = 8
const named = (name: string) => ({ name, item: (n: number) => `#${n}` })
/** Lets everything go on that can go on without the reader. */
const standStill = async () => {
  for (let i = 0; i < 200; i += 1) await Promise.resolve()
}
const numbers = (count = total) => Array.from({ length: count }, (_, n) => n)

/** A policy, and the two kinds of update: one that takes its time, one that is over at once. */
const policy = () => {
  let version = 0
  const slow = stage.fromTaskEither(named('update'), (n: number) => async () => {
    await Promise.resolve()
    version += 1
    return E.right(n)
  })
  const quick = stage.pure(named('update'), (n: number) => {
    version += 1
    return n
  })
  return { version: () => version, slow, quick }
}
const scope = (width: number, inside: Stage<number, number>) => within(gate({ inFlight: width }), inside)
const pass = stage.pure(named('pass'), (n: number) => n)

/** For every output that a `for await` gets: the updates made beyond its own, at once and when nothing moves any more. */
const aheadOfLoop = async (make: (update: Stage<number, number>) => Stage<number, number>, kind: 'slow' | 'quick') => {
  const made = policy()
  const seen: { readonly first: number; readonly last: number }[] = []
  for await (const _ of iterate(items(numbers()).pipe(make(made[kind])))) {
    const own = seen.length + 1
    const first = made.version() - own
    await standStill()
    seen.push({ first, last: made.version() - own })
  }
  return seen
}
const most = (bound: number) => numbers().map(n => Math.min(bound, total - 1 - n))

describe.each(['slow', 'quick'] as const)('a loop with %s updates', kind => {
  test.each([1, 2, 3])('is ahead of by as many as the scope is wide: %i', async width => {
    const seen = await aheadOfLoop(update => scope(width, update), kind)
    expect(seen.map(({ last }) => last)).toEqual(most(width))
    for (const { first, last } of seen) expect(first >= 0 && first <= last).toBe(true)
  })
  test('and by the widths of the scopes behind together', async () => {
    const seen = await aheadOfLoop(update => pipeline('two', scope(1, update), scope(1, pass)), kind)
    expect(seen.map(({ last }) => last)).toEqual(most(2))
  })
  test('stages, and scopes around the scope, add nothing', async () => {
    const inOne = await aheadOfLoop(update => scope(1, pipeline('in', pass, scope(1, update), pass)), kind)
    const behind = await aheadOfLoop(update => pipeline('behind', scope(1, update), pass, pass), kind)
    expect([inOne, behind].map(seen => seen.map(({ last }) => last))).toEqual([most(1), most(1)])
  })
  test('an ordinary operator behind the scope takes every bound away', async () => {
    const free = (update: Stage<number, number>) => (source: Observable<Item<number>>) =>
      scope(1, update)(source).pipe(map(output => output))
    expect((await aheadOfLoop(free, kind)).map(({ last }) => last)).toEqual(most(total))
  })
  test('a stage without a scope is never ahead of its reader', async () => {
    expect((await aheadOfLoop(update => update, kind)).map(({ last }) => last)).toEqual(most(0))
  })
})

test('nothing is begun before the reader asks', async () => {
  const { slow, version } = policy()
  const reader = iterate(scope(3, slow)(numbers()))
  await standStill()
  expect(version()).toBe(0)
  await reader.next()
  await standStill()
  expect(version()).toBe(4)
  await reader.return()
})

test('a batch behind the scope counts from its last member', async () => {
  const { slow, version } = policy()
  const reader = iterate(scope(1, slow)(numbers()).pipe(batch(3)))
  await reader.next()
  await standStill()
  expect(version()).toBe(3 + 1)
  await reader.return()
})

describe('at the moment of handing on', () => {
  /** Updates beyond its own at the moment when a subscriber, or a stage behind the scope, is called with an output. */
  const ahead = async (width: number, kind: 'slow' | 'quick', reading: 'subscribe' | 'loop') => {
    const made = policy()
    const seen: number[] = []
    const look = stage.pure(named('look'), (n: number) => {
      seen.push(made.version() - n - 1)
      return n
    })
    const looked = scope(width, made[kind])(numbers()).pipe(look)
    if (reading === 'subscribe') looked.subscribe()
    else for await (const _ of iterate(looked)) await standStill()
    await standStill()
    return seen
  }
  test.each([
    ['slow', 'subscribe'],
    ['slow', 'loop'],
    ['quick', 'subscribe'],
    ['quick', 'loop'],
  ] as const)('no later item of a scope of width 1 has begun: %s updates, %s', async (kind, reading) =>
    expect(await ahead(1, kind, reading)).toEqual(numbers().map(() => 0)),
  )
  test('of a wider one at most width − 1 have', async () => {
    expect(await ahead(3, 'slow', 'loop')).toEqual(most(2))
    expect(Math.max(...(await ahead(3, 'slow', 'subscribe')))).toBeLessThanOrEqual(2)
  })
  test('a subscriber is not waited for', async () => {
    const { slow, version } = policy()
    const later: number[] = []
    scope(
      1,
      slow,
    )(numbers()).subscribe(async () => {
      await standStill()
      later.push(version())
    })
    await standStill()
    await standStill()
    expect(later).toEqual(numbers().map(() => total))
  })
})

describe('inside, behind the update', () => {
  /** The version of the policy that a stage meets, and that it still meets after it has waited. */
  const looking = (version: () => number, seen: (readonly [number, number, number])[]) =>
    stage.fromTaskEither(named('look'), (n: number) => async () => {
      const first = version()
      await standStill()
      seen.push([n, first, version()])
      return E.right(n)
    })

  test('a scope of width 1 waits: the policy is that of the item, for as long as the stage takes', async () => {
    const { slow, version } = policy()
    const seen: (readonly [number, number, number])[] = []
    const inside = pipeline('inside', slow, looking(version, seen))
    for await (const _ of iterate(scope(1, inside)(numbers()))) await standStill()
    expect(seen).toEqual(numbers().map(n => [n, n + 1, n + 1]))
  })

  test('feedback waits at any width: updates take turns, and a turn lasts until the item has ended', async () => {
    const { slow, version } = policy()
    const seen: (readonly [number, number, number])[] = []
    const rollout = stage.fromTaskEither(named('rollout'), (n: number) => TE.right({ n }))
    const update = pipeline(
      'update',
      stage.pure({ name: 'n', item: () => '' }, (a: { readonly n: number }) => a.n),
      slow,
      looking(version, seen),
    )
    for await (const _ of iterate(
      items(numbers()).pipe(feedback<number, { n: number }, number>({ width: 3, rollout, update })),
    ));
    expect(seen).toEqual(numbers().map(n => [n, n + 1, n + 1]))
  })
})

test('an item with several outputs runs to its end, and the next one waits until all of them are handed on', async () => {
  const { slow, version } = policy()
  const groups = numbers(4).map(n => ({ members: [2 * n, 2 * n + 1] }))
  type Group = { readonly members: readonly number[] }
  const flat = stage.fromAsyncIterable<Group, number>({ name: 'members', item: String }, async function* (group) {
    for (const n of group.members) yield E.right(n)
  })
  const outer = pipeline('outer', flat, scope(1, slow))
  const reader = iterate(items(groups).pipe(within(gate({ inFlight: 1 }), outer)))
  const versions: number[] = []
  for await (const _ of reader) {
    await standStill()
    versions.push(version())
  }
  // The second member while the first is in hand; the next item (two more updates) only with the last member in hand.
  expect(versions).toEqual([2, 4, 4, 6, 6, 8, 8, 8])
})

test('leaving the loop closes the item under way; an update it has made stays made', async () => {
  const { slow, version } = policy()
  for await (const _ of iterate(scope(1, pipeline('in', slow, pass))(numbers()))) {
    await standStill()
    break
  }
  await standStill()
  expect(version()).toBe(2)
})

test('batches of a scope in a scope: the reader of a batch is one batch behind, whatever its members do', async () => {
  const { slow, version } = policy()
  const outer = within(gate({ inFlight: 1 }), each(scope(2, slow)))
  const versions: number[] = []
  for await (const _ of iterate(items(numbers()).pipe(batch(2), outer))) {
    await standStill()
    versions.push(version())
  }
  expect(versions).toEqual([4, 6, 8, 8])
})
