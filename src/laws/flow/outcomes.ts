import * as fc from 'fast-check'
import { type Observable, take } from 'rxjs'
import type { Item } from '../../flow/index.ts'
import { demand, type FlowProperty, same } from './law.ts'
import { steps, watch } from './run.ts'
import { acting, expected, opens, type Script, scripts, shown, sourceKinds, streamOf, world } from './world.ts'

const widths = fc.integer({ min: 1, max: 5 })
const orders = fc.constantFrom('source' as const, 'completion' as const)

/** In source order the outputs are those of a plain loop over the items; failures stand in their places. */
export const sourceOrder: FlowProperty = {
  name: 'source order is the order of a plain loop, failures in their places',
  property: flow =>
    fc.asyncProperty(fc.scheduler(), scripts, widths, sourceKinds, async (s, list, inFlight, kind) => {
      const w = world()
      const seen = watch(streamOf(flow, kind, list, s, w).pipe(flow.within(flow.gate({ inFlight }), acting(s, w))))
      await s.waitIdle()
      same(seen.values.map(shown), list.flatMap(expected), 'outputs')
      demand(seen.ended, () => 'the stream did not end')
    }),
}

/** In completion order the outputs are those of the items in the order in which these finished. */
export const completionOrder: FlowProperty = {
  name: 'completion order is the order of finishing, and a permutation',
  property: flow =>
    fc.asyncProperty(fc.scheduler(), scripts, widths, sourceKinds, async (s, list, inFlight, kind) => {
      const w = world()
      const scope = flow.within(flow.gate({ inFlight }), acting(s, w), { order: 'completion' })
      const seen = watch(streamOf(flow, kind, list, s, w).pipe(scope))
      await s.waitIdle()
      const came = new Set(list.filter(script => !opens(script)).flatMap(expected))
      same(
        seen.values.map(shown).filter(output => !came.has(output)),
        w.finished,
        'outputs',
      )
      same([...seen.values.map(shown)].sort(), list.flatMap(expected).sort(), 'sorted outputs')
      demand(seen.ended, () => 'the stream did not end')
    }),
}

/** What was opened is closed, once; the books of the gate agree. */
export const openedIsClosed: FlowProperty = {
  name: 'every item opened is closed exactly once, and the stats add up',
  property: flow =>
    fc.asyncProperty(fc.scheduler(), scripts, widths, orders, async (s, list, inFlight, order) => {
      const w = world()
      const g = flow.gate({ inFlight })
      let stats = { waiting: -1, active: -1, bytes: -1, done: -1, failed: -1, cancelled: -1 }
      g.stats$.subscribe(({ oldest: _, ...now }) => {
        stats = now
      })
      watch(streamOf(flow, 'iterable', list, s, w).pipe(flow.within(g, acting(s, w), { order })))
      await s.waitIdle()
      const begun = list.filter(opens)
      const ids = begun.map(script => script.id)
      same([...w.opened].sort(byNumber), ids, 'opened')
      same([...w.closed].sort(byNumber), ids, 'closed')
      const good = begun.filter(script => /^gives( two| at once)?$/.test(script.does)).length
      same(stats, { waiting: 0, active: 0, bytes: 0, done: good, failed: begun.length - good, cancelled: 0 }, 'stats')
    }),
}

/** However a stream is cut short, everything that is alive is closed at once and the iterator returned once. */
const cutShort = (
  name: string,
  cut: (stream: Observable<Item<string>>, s: fc.Scheduler, at: number, failing: boolean) => Promise<boolean>,
  failing = false,
): FlowProperty => ({
  name,
  property: flow =>
    fc.asyncProperty(
      fc.scheduler(),
      scripts,
      widths,
      sourceKinds,
      orders,
      fc.integer({ min: 1, max: 15 }),
      async (s, list, inFlight, kind, order, at) => {
        const w = world()
        const g = flow.gate({ inFlight, bytes: 12 })
        let stats = { active: -1, waiting: -1, bytes: -1 }
        g.stats$.subscribe(({ active, waiting, bytes }) => {
          stats = { active, waiting, bytes }
        })
        const weigh = flow.weigh<Script>(g, script => script.weight)
        const act = acting(s, w)
        const stream = streamOf(flow, kind, list, s, w, failing).pipe(
          flow.within(g, source => act(weigh(source)), { order }),
        )
        const wasCut = await cut(stream, s, at, failing)
        same([w.alive, stats], [0, { active: 0, waiting: 0, bytes: 0 }], 'alive, stats when cut')
        same([...w.closed].sort(byNumber), [...w.opened].sort(byNumber), 'closed and opened')
        if (wasCut && !failing && kind !== 'observable' && w.pulled > 0)
          demand(w.returned <= 1, () => `returned ${w.returned} times`)
        if (wasCut && w.pulled > 0 && w.pulled < list.length && kind !== 'observable') same(w.returned, 1, 'returned')
        if (!wasCut) same(w.returned, 0, 'returned after the end')
        const opened = w.opened.length
        await steps(s, 1000)
        same([w.alive, w.opened.length], [0, opened], 'alive and opened afterwards')
      },
    ),
})

export const unsubscribeCloses: FlowProperty = cutShort(
  'unsubscribing closes everything at once and returns the iterator once',
  async (stream, s, at) => {
    const seen = watch(stream)
    await steps(s, at)
    const wasCut = !seen.ended
    seen.subscription.unsubscribe()
    return wasCut
  },
)

export const takeCloses: FlowProperty = cutShort(
  'take(k) closes everything at once and returns the iterator once',
  async (stream, s, at) => {
    const seen = watch(stream.pipe(take(at)))
    while (s.count() > 0 && !seen.ended) await s.waitNext(1)
    return seen.values.length === at
  },
)

export const sourceErrorCloses: FlowProperty = cutShort(
  'a source that fails closes everything at once, and its error comes through',
  async (stream, s) => {
    const seen = watch(stream)
    while (s.count() > 0 && seen.error === undefined) await s.waitNext(1)
    demand(seen.error instanceof Error && seen.error.message === 'the source is broken', () => `error ${seen.error}`)
    return true
  },
  true,
)

const byNumber = (a: number, b: number) => a - b
