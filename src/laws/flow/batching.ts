import * as fc from 'fast-check'
import { demand, type FlowProperty, same } from './law.ts'
import { watch } from './run.ts'
import { expected, scripts, shown, sourceKinds, streamOf, world } from './world.ts'

/** Batches hold n items each, in order, failed ones among them, the last what is left; none is lost on the way. */
export const batching: FlowProperty = {
  name: 'batches keep order and count every item, failed or not, up to the last',
  property: flow =>
    fc.asyncProperty(fc.scheduler(), scripts, sourceKinds, fc.integer({ min: 1, max: 5 }), async (s, list, kind, n) => {
      const w = world()
      const single = list.map(script => (script.does === 'gives two' ? { ...script, does: 'gives' as const } : script))
      const name = flow.stage.fromEither<(typeof single)[number], string>({ name: 'name', item: a => `${a.id}` }, a =>
        gives(a)
          ? { _tag: 'Right', right: `${a.id}` }
          : { _tag: 'Left', left: { _tag: 'Refused', cause: `refused ${a.id}`, remedy: '' } },
      )
      const batches = watch(streamOf(flow, kind, single, s, w).pipe(flow.batch(n), flow.each(name)))
      await s.waitIdle()
      demand(batches.ended, () => 'the stream of batches did not end')
      const members = batches.values.flatMap(b => (b._tag === 'Right' ? [b.right] : []))
      same(
        members.map(b => b.index),
        members.map((_, i) => i),
        'indices',
      )
      same(
        members.map(b => b.items.length + b.failed.length),
        Array.from({ length: Math.ceil(single.length / n) }, (_, i) => Math.min(n, single.length - i * n)),
        'sizes',
      )
      const outcome = single.map(script => (gives(script) ? expected(script) : [`refused ${script.id}`])[0] ?? '')
      const inBatches = Array.from({ length: members.length }, (_, i) => outcome.slice(i * n, i * n + n))
      same(
        members.map(b => b.items),
        inBatches.map(b => b.filter(o => !o.startsWith('refused'))),
        'items',
      )
      same(
        members.map(b => b.failed.map(e => e.fault.cause).sort()),
        inBatches.map(b => b.filter(o => o.startsWith('refused')).sort()),
        'failed',
      )
      const flat = watch(flow.items(members).pipe(flow.unbatch()))
      same(flat.values.map(shown).sort(), [...outcome].sort(), 'taken apart')
    }),
}

const gives = (script: { readonly does: string }): boolean => script.does === 'gives' || script.does === 'gives at once'
