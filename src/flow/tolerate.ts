import { either as E } from 'fp-ts'
import { type Defect, defect, type Fault, fault, report, type StageError } from './fault.ts'
import { attachPlan } from './plan.ts'
import { PullObservable } from './pull.ts'
import { pullOf } from './source.ts'
import type { Batch, Item, Stage } from './stage.ts'

/** How many failures are too many. */
export interface Tolerance<A> {
  /** The largest share of failed items, from 0 (the first failure ends the run) to 1 (never). */
  readonly maxRate: number
  /** Over how many of the latest items the share is taken. */
  readonly window: number
  /** The failures that an item carries inside and the number of good ones; a batch: `batchTally`. None and one by default. */
  readonly tally?: (a: A) => Tally
  /** Faults after which going on is no use, as `isLasting` of the teacher room: the first one ends the run. None by default. */
  readonly fatal?: (fault: Fault) => boolean
}
/** The good and the failed members of one batch. */
export interface Tally {
  readonly good: number
  readonly failed: readonly StageError[]
}

/**
 * Counts the members of a batch for `tolerate`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { batchOf, batchTally } from 'kinograd/flow'
 *
 * assert.deepEqual(batchTally(batchOf(0, [E.right('a'), E.right('b')])), { good: 2, failed: [] })
 * ```
 */
export const batchTally = <A>(batch: Batch<A>): Tally => ({ good: batch.items.length, failed: batch.failed })

const plain = (): Tally => ({ good: 1, failed: [] })

const never = () => false

const endedBy = ({ stage, item, fault }: StageError): Defect =>
  defect({ ...fault, cause: `${stage}: ${item}: ${fault.cause}` })

/**
 * Lets items and failures pass, and ends the stream with a `Defect` (`TooManyFailures`) when more than `maxRate` of the
 * latest `window` items have failed: as soon as that is certain, or at the end for a stream shorter than the window. A
 * `fatal` fault ends it at once, as a `Defect` with the tag and the remedy of that fault. The failure that was too much is
 * handed on before. Holds `window` flags.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { fault, items, iterate, stage, tolerate } from 'kinograd/flow'
 *
 * const even = stage.fromEither({ name: 'even', item: String }, (n: number) =>
 *   n % 2 === 0 ? E.right(n) : E.left(fault('Odd', `${n} is odd`, 'Give an even one')),
 * )
 * const read = async () => {
 *   for await (const _ of iterate(items([0, 1, 2, 3, 5]).pipe(even, tolerate({ maxRate: 0.5, window: 4 })))) continue
 * }
 * await assert.rejects(read, /3 of the latest 4 items failed/)
 * ```
 */
export const tolerate = <A>({ maxRate, window, tally = plain, fatal = never }: Tolerance<A>): Stage<A, A> => {
  if (!(maxRate >= 0 && maxRate <= 1 && Number.isInteger(window) && window > 0))
    throw defect(
      fault(
        'BadTolerance',
        `maxRate ${maxRate}, window ${window}`,
        'Give a share between 0 and 1 and a window of at least 1',
      ),
    )
  return attachPlan({ kind: 'policy', name: 'tolerate', parts: [], settings: { maxRate, window } }, source => {
    const upstream = pullOf(source)
    return new PullObservable<Item<A>>(sink => {
      const latest: boolean[] = []
      let place = 0
      let failures = 0
      let last: StageError | undefined
      let ending: Defect | undefined
      const tooMany = () =>
        defect(
          fault(
            'TooManyFailures',
            `${failures} of the latest ${latest.length} items failed and at most ${maxRate} of ${window} may; the last: ${last === undefined ? 'unknown' : report(last)}`,
            'Mend what fails, or tolerate a higher rate',
          ),
        )
      const note = (failed: boolean) => {
        if (latest[place]) failures -= 1
        latest[place] = failed
        place = (place + 1) % window
        if (failed) failures += 1
        if (failures / window > maxRate) ending ??= tooMany()
      }
      const count = (item: Item<A>) => {
        const { good, failed } = E.isLeft(item) ? { good: 0, failed: [item.left] } : tally(item.right)
        for (let i = 0; i < good; i++) note(false)
        for (const error of failed) {
          last = error
          if (fatal(error.fault)) ending ??= endedBy(error)
          note(true)
        }
      }
      const pulling = upstream({
        item: item => {
          try {
            count(item)
          } catch (error) {
            pulling.close()
            return sink.fail(error)
          }
          sink.item(item)
          if (ending !== undefined) {
            pulling.close()
            sink.fail(ending)
          }
        },
        end: () => {
          if (failures / latest.length > maxRate) sink.fail(tooMany())
          else sink.end()
        },
        fail: sink.fail,
      })
      return {
        pull: () => {
          if (ending === undefined) pulling.pull()
        },
        close: pulling.close,
      }
    })
  })
}
