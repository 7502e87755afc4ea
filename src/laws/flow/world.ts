import * as fc from 'fast-check'
import { either as E } from 'fp-ts'
import { mergeMap, Observable, of } from 'rxjs'
import type { Item, Stage } from '../../flow/index.ts'
import type { FlowRoom } from './law.ts'

/** What the stage of a test does with one item, after a moment that the scheduler chooses. */
export interface Script {
  readonly id: number
  readonly does:
    | 'gives'
    | 'gives two'
    | 'gives nothing'
    | 'refuses'
    | 'fails'
    | 'throws at once'
    | 'gives at once'
    | 'came failed'
  readonly weight: number
}

const does = [
  'gives',
  'gives two',
  'gives nothing',
  'refuses',
  'fails',
  'throws at once',
  'gives at once',
  'came failed',
] as const

/** Up to 12 items of every behaviour; half of them simply give. */
export const scripts: fc.Arbitrary<readonly Script[]> = fc
  .array(
    fc.record({
      does: fc.oneof(fc.constant('gives' as const), fc.constantFrom(...does)),
      weight: fc.integer({ min: 0, max: 10 }),
    }),
    { maxLength: 12 },
  )
  .map(list => list.map((script, id) => ({ id, ...script })))

/** What happened while a law was tried. */
export interface World {
  alive: number
  peak: number
  readonly opened: number[]
  readonly closed: number[]
  readonly finished: string[]
  pulled: number
  returned: number
  /** Called when the source is asked. */
  onPull: () => void
}

export const world = (): World => ({
  alive: 0,
  peak: 0,
  opened: [],
  closed: [],
  finished: [],
  pulled: 0,
  returned: 0,
  onPull: () => {},
})

/** The outputs that an item must have, as `shown` shows them. */
export const expected = (script: Script): readonly string[] => {
  switch (script.does) {
    case 'gives':
    case 'gives at once':
      return [`${script.id}`]
    case 'gives two':
      return [`${script.id}`, `${script.id}'`]
    case 'gives nothing':
      return ['Empty']
    case 'refuses':
    case 'came failed':
      return [`refused ${script.id}`]
    default:
      return ['Thrown']
  }
}

export const shown = (item: Item<string>): string =>
  E.isRight(item) ? item.right : item.left.fault._tag === 'Refused' ? item.left.fault.cause : item.left.fault._tag

/** A stage of plain RxJS that acts out the scripts and keeps the books of the world. */
export const acting =
  (s: fc.Scheduler, w: World): Stage<Script, string> =>
  source =>
    source.pipe(
      mergeMap(item =>
        E.isLeft(item)
          ? of(item)
          : new Observable<Item<string>>(subscriber => {
              const script = item.right
              let live = true
              w.alive += 1
              w.peak = Math.max(w.peak, w.alive)
              w.opened.push(script.id)
              const act = () => {
                if (!live) return
                for (const output of expected(script)) w.finished.push(output)
                if (script.does === 'fails' || script.does === 'throws at once')
                  return subscriber.error(new Error(`no ${script.id}`))
                if (script.does === 'refuses') subscriber.next(refused(script))
                if (script.does.startsWith('gives') && script.does !== 'gives nothing')
                  subscriber.next(E.right(`${script.id}`))
                if (script.does === 'gives two') subscriber.next(E.right(`${script.id}'`))
                subscriber.complete()
              }
              if (script.does.endsWith('at once')) act()
              else s.schedule(Promise.resolve(), `item ${script.id}`).then(act)
              return () => {
                live = false
                w.alive -= 1
                w.closed.push(script.id)
              }
            }),
      ),
    )

const refused = (script: Script): Item<never> =>
  E.left({
    _tag: 'StageError',
    item: `${script.id}`,
    stage: 'acting',
    fault: { _tag: 'Refused', cause: `refused ${script.id}`, remedy: '' },
  })

export type SourceKind = 'iterable' | 'async iterable' | 'observable'
export const sourceKinds: fc.Arbitrary<SourceKind> = fc.constantFrom('iterable', 'async iterable', 'observable')

/** The scripts as a source of some kind that counts its pulls and returns and may fail after its last script. */
export const sourceOf = <A>(
  kind: SourceKind,
  values: readonly A[],
  s: fc.Scheduler,
  w: World,
  failing = false,
): Iterable<A> | AsyncIterable<A> | Observable<A> => {
  let at = 0
  const next = (): IteratorResult<A, undefined> => {
    const value = values[at++]
    if (value !== undefined) {
      w.pulled += 1
      return { done: false, value }
    }
    if (failing) throw new Error('the source is broken')
    return { done: true, value: undefined }
  }
  const back = (): IteratorResult<A, undefined> => {
    w.returned += 1
    return { done: true, value: undefined }
  }
  const asked = () => {
    w.onPull()
    return next()
  }
  if (kind === 'iterable') return { [Symbol.iterator]: () => ({ next: asked, return: back }) }
  if (kind === 'async iterable')
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          w.onPull()
          return s.schedule(Promise.resolve(), 'source').then(next)
        },
        return: async () => back(),
      }),
    }
  return new Observable(subscriber => {
    for (const value of values) subscriber.next(value)
    if (failing) subscriber.error(new Error('the source is broken'))
    else subscriber.complete()
  })
}

/** The scripts as a stream of items; those that came failed are failed already. */
export const streamOf = (
  flow: FlowRoom,
  kind: SourceKind,
  list: readonly Script[],
  s: fc.Scheduler,
  w: World,
  failing = false,
): Observable<Item<Script>> =>
  flow.fromItems(
    sourceOf<Item<Script>>(
      kind,
      list.map(script => (script.does === 'came failed' ? refused(script) : E.right(script))),
      s,
      w,
      failing,
    ),
  )

/** Whether the stage ever sees the item. */
export const opens = (script: Script): boolean => script.does !== 'came failed'
