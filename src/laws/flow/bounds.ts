import * as fc from 'fast-check'
import { pipe } from 'rxjs'
import { demand, type FlowProperty, same } from './law.ts'
import { steps, watch } from './run.ts'
import { acting, expected, opens, scripts, shown, sourceKinds, sourceOf, world } from './world.ts'

const widths = fc.integer({ min: 1, max: 5 })

/** No more than inFlight items are ever alive, and as many as there is room and work for. */
export const aliveIsTheBound: FlowProperty = {
  name: 'alive is at most inFlight, and exactly that while there is work',
  property: flow =>
    fc.asyncProperty(
      fc.scheduler(),
      scripts,
      widths,
      fc.constantFrom('source', 'completion'),
      async (s, list, inFlight, order) => {
        const w = world()
        const g = flow.gate({ inFlight })
        let active = 0
        g.stats$.subscribe(stats => {
          active = Math.max(active, stats.active)
        })
        const slow = list.filter(script => opens(script) && !script.does.endsWith('at once'))
        watch(flow.within(g, acting(s, w), { order })(slow))
        same(w.alive, Math.min(inFlight, slow.length), 'alive at the start')
        await s.waitIdle()
        demand(w.peak <= inFlight, () => `${w.peak} were alive, ${inFlight} may be`)
        demand(active <= inFlight, () => `stats say ${active}, ${inFlight} may be`)
      },
    ),
}

/** What is held by weight never exceeds the budget; an item above it is refused, and every other one gets its turn. */
export const bytesAreTheBudget: FlowProperty = {
  name: 'bytes are at most the budget, in the order of asking',
  property: flow =>
    fc.asyncProperty(
      fc.scheduler(),
      scripts,
      widths,
      fc.integer({ min: 1, max: 12 }),
      async (s, list, inFlight, bytes) => {
        const w = world()
        const g = flow.gate({ inFlight, bytes })
        let claimed = 0
        g.stats$.subscribe(stats => {
          claimed = Math.max(claimed, stats.bytes)
        })
        const weighty = list.map(script => ({ ...script, does: 'gives' as const }))
        const stage = pipe(
          flow.weigh(g, (script: (typeof weighty)[number]) => script.weight),
          acting(s, w),
        )
        let held = 0
        const weight = (ids: readonly number[]) => ids.reduce((sum, id) => sum + (weighty[id]?.weight ?? 0), 0)
        const seen = watch(flow.within(g, stage)(weighty), () => {
          held = Math.max(held, weight(w.opened) - weight(w.closed))
        })
        await s.waitIdle()
        demand(claimed <= bytes && held <= bytes, () => `${claimed} claimed, ${held} held, budget ${bytes}`)
        same(
          seen.values.map(shown),
          weighty.map(a => (a.weight > bytes ? 'TooHeavy' : `${a.id}`)),
          'outputs',
        )
        const light = weighty.filter(a => a.weight <= bytes).map(a => a.id)
        same(w.opened, light, 'the order in which items got their bytes')
      },
    ),
}

/** The source is asked only when there is room: what is pulled and not handed on is never more than inFlight. */
export const pullsWhenFree: FlowProperty = {
  name: 'the source is pulled only when a slot is free',
  property: flow =>
    fc.asyncProperty(
      fc.scheduler(),
      scripts,
      widths,
      sourceKinds,
      fc.constantFrom('source', 'completion'),
      async (s, list, inFlight, kind, order) => {
        fc.pre(kind !== 'observable')
        const w = world()
        const single = list.filter(script => script.does !== 'gives two' && opens(script))
        const source = sourceOf(kind, single, s, w)
        let handed = 0
        let most = 0
        const seen = watch(
          flow.within(flow.gate({ inFlight }), acting(s, w), { order })(source as Iterable<never>),
          () => {
            most = Math.max(most, w.pulled - handed)
            handed += 1
          },
        )
        while (s.count() > 0) {
          await s.waitNext(1)
          most = Math.max(most, w.pulled - handed)
        }
        demand(most <= inFlight, () => `${most} were pulled and not handed on, ${inFlight} may be`)
        demand(seen.ended, () => 'the stream did not end')
      },
    ),
}

/** A slow reader is waited for: two scopes in a row and a `for await` hold what their gates allow, no more. */
export const readersAreWaitedFor: FlowProperty = {
  name: 'a slow reader is waited for through chained scopes',
  property: flow =>
    fc.asyncProperty(
      fc.scheduler(),
      widths,
      widths,
      fc.integer({ min: 1, max: 30 }),
      async (s, first, second, stop) => {
        const w = world()
        const list = Array.from({ length: 40 }, (_, id) => ({ id, does: 'gives' as const, weight: 0 }))
        const pass = flow.stage.fromTaskEither<string, string>(
          { name: 'pass', item: String },
          a => () => s.schedule(Promise.resolve({ _tag: 'Right' as const, right: a })),
        )
        const stream = flow
          .items(sourceOf('iterable', list, s, w))
          .pipe(
            flow.within(flow.gate({ inFlight: first }), acting(s, w)),
            flow.within(flow.gate({ inFlight: second }), pass),
          )
        const reader = flow.iterate(stream)
        const taken: string[] = []
        for (let i = 0; i < stop; i += 1) {
          const reading = reader.next()
          await s.waitIdle()
          const result = await reading
          if (!result.done) taken.push(shown(result.value))
          const ahead = w.pulled - taken.length
          demand(ahead <= first + second, () => `${ahead} ahead of the reader, ${first} + ${second} may be`)
        }
        await reader.return()
        await steps(s, 1000)
        same(taken, list.slice(0, stop).flatMap(expected), 'what the reader got')
        same([w.alive, w.returned], [0, stop > 40 ? 0 : 1], 'alive and returned after the reader left')
      },
    ),
}
