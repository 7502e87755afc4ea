import * as fc from 'fast-check'
import { demand, type FlowProperty, same } from './law.ts'
import { watch } from './run.ts'

/** Whatever the timing and whatever fails, no item meets an update with a policy older than width − 1. */
export const staleness: FlowProperty = {
  name: 'staleness is at most width − 1, as measured from outside, and updates keep the order of the source',
  property: flow =>
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.constantFrom('good', 'good', 'rollout fails', 'update fails'), { maxLength: 14 }),
      async (s, width, fates) => {
        let version = 0
        let most = 0
        const updates: number[] = []
        const wrong = { _tag: 'Left' as const, left: { _tag: 'Refused', cause: '', remedy: '' } }
        const rollout = flow.stage.fromTaskEither<number, { id: number; born: number }>(
          { name: 'rollout', item: String },
          id => async () => {
            const born = version
            await s.schedule(Promise.resolve(), `rollout ${id}`)
            return fates[id] === 'rollout fails' ? wrong : { _tag: 'Right', right: { id, born } }
          },
        )
        const update = flow.stage.fromTaskEither<
          { id: number; born: number; staleness: number },
          { id: number; gap: number }
        >({ name: 'update', item: a => `${a.id}` }, a => async () => {
          const before = version
          most = Math.max(most, a.staleness)
          await s.schedule(Promise.resolve(), `update ${a.id}`)
          demand(version === before, () => 'two updates ran at once')
          if (fates[a.id] === 'update fails') return wrong
          updates.push(a.id)
          version += 1
          demand(before - a.born === a.staleness, () => `staleness ${a.staleness}, in truth ${before - a.born}`)
          return { _tag: 'Right', right: { id: a.id, gap: before - a.born } }
        })
        const seen = watch(flow.items(fates.keys()).pipe(flow.feedback({ width, rollout, update })))
        await s.waitIdle()
        demand(seen.error === undefined, () => `error ${seen.error}`)
        demand(seen.ended, () => `deadlock after ${seen.values.length} of ${fates.length}`)
        const gaps = seen.values.flatMap(v => (v._tag === 'Right' ? [v.right.gap] : []))
        demand(gaps.every(gap => gap < width) && most < width, () => `staleness ${gaps}, width ${width}`)
        same(gaps.length, fates.filter(fate => fate === 'good').length, 'updates made')
        same(
          updates,
          [...updates].sort((a, b) => a - b),
          'the order of updates',
        )
      },
    ),
}
