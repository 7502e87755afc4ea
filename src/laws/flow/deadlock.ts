import * as fc from 'fast-check'
import { merge, take } from 'rxjs'
import type { Gate, Stage } from '../../flow/index.ts'
import { demand, type FlowProperty, type FlowRoom, same } from './law.ts'
import { watch } from './run.ts'
import { acting, expected, type Script, scripts, shown, sourceKinds, streamOf, world } from './world.ts'

const widths = fc.integer({ min: 1, max: 3 })

/** Several scopes share a gate: together they stay within it, and all of them come to an end. */
export const sharing: FlowProperty = {
  name: 'scopes that share a gate stay within it together and all end',
  property: flow =>
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.tuple(scripts, sourceKinds), { minLength: 2, maxLength: 4 }),
      widths,
      async (s, lists, inFlight) => {
        const w = world()
        const g = flow.gate({ inFlight })
        w.onPull = () => {
          let active = 0
          g.stats$.pipe(take(1)).subscribe(now => {
            active = now.active
          })
          demand(active < inFlight, () => `pulled while ${active} of ${inFlight} were alive`)
        }
        const streams = lists.map(([list, kind]) => streamOf(flow, kind, list, s, w).pipe(flow.within(g, acting(s, w))))
        const seen = watch(merge(...streams))
        await s.waitIdle()
        demand(seen.error === undefined, () => `error ${seen.error}`)
        demand(seen.ended, () => `deadlock: ${seen.values.length} outputs, ${w.alive} alive`)
        demand(w.peak <= inFlight, () => `${w.peak} were alive in all, ${inFlight} may be`)
        same(seen.values.map(shown).sort(), lists.flatMap(([list]) => list.flatMap(expected)).sort(), 'outputs')
      },
    ),
}

/** Where the gates of a pipeline stand: behind one another, or inside one another; the same one may come twice. */
type Shape = { readonly in: number; readonly inside: readonly Shape[] }
const shapes = (depth: number): fc.Arbitrary<Shape> =>
  fc.record({
    in: fc.integer({ min: 0, max: 2 }),
    inside: depth === 0 ? fc.constant([]) : fc.array(shapes(depth - 1), { maxLength: 2 }),
  })

/** Builds a stage of a shape; inside gate n only n and later gates are used, the one order that all agree on. */
const shaped = (
  flow: FlowRoom,
  gates: readonly Gate[],
  shape: Shape,
  work: Stage<Script, Script>,
  least = 0,
): Stage<Script, Script> => {
  const at = Math.max(least, shape.in)
  const inner = shape.inside.map(next => shaped(flow, gates, next, work, at))
  const gate = gates[at] ?? flow.gate({ inFlight: 1 })
  return flow.within(gate, source => inner.reduce((flowing, stage) => stage(flowing), work(source)))
}

/** Scopes nested and chained in any shape, over shared gates, come to an end with every item in its place. */
export const nesting: FlowProperty = {
  name: 'nested and chained scopes over shared gates never deadlock',
  property: flow =>
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(shapes(3), { minLength: 1, maxLength: 3 }),
      fc.array(widths, { minLength: 3, maxLength: 3 }),
      fc.integer({ min: 0, max: 8 }),
      async (s, chain, inFlights, count) => {
        const gates = inFlights.map((inFlight, i) => flow.gate({ inFlight, name: `g${i}` }))
        const work = flow.stage.fromTaskEither<Script, Script>(
          { name: 'work', item: a => `${a.id}` },
          a => () => s.schedule(Promise.resolve({ _tag: 'Right' as const, right: a })),
        )
        const list = Array.from({ length: count }, (_, id): Script => ({ id, does: 'gives', weight: 0 }))
        const seen = watch(
          chain
            .map(shape => shaped(flow, gates, shape, work))
            .reduce((flowing, stage) => stage(flowing), flow.items(list)),
        )
        await s.waitIdle()
        demand(seen.error === undefined, () => `error ${seen.error}`)
        demand(seen.ended, () => `deadlock after ${seen.values.length} of ${count} outputs`)
        same(
          seen.values.map(v => (v._tag === 'Right' ? v.right.id : -1)),
          list.map(a => a.id),
          'outputs',
        )
      },
    ),
}
