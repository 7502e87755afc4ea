import { EMPTY, map, type Observable, switchMap, timer } from 'rxjs'
import { type Gate, type GateStats, verbs } from './slot.ts'

/** Nothing has moved behind a gate for a while. */
export interface Stall {
  readonly gate: string
  /** For how long nothing has moved, in milliseconds. */
  readonly quietMs: number
  readonly stats: GateStats
  /** The same in words, with the oldest item and the stage it is in. */
  readonly message: string
}

/**
 * Watches a gate: sends a `Stall` when no item has started, changed stage or ended for `quietMs`, and again after every
 * further `quietMs`. A gate with nothing alive and nobody waiting is not stalled. Movement in a scope nested inside
 * counts. Never completes. It reports; `timeout` acts.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import type { either as E } from 'fp-ts'
 * import { gate, stage, watchdog, within } from 'kinograd/flow'
 * import { firstValueFrom } from 'rxjs'
 *
 * const one = gate({ inFlight: 1, name: 'gpu' })
 * const never = () => new Promise<E.Either<never, number>>(() => {})
 * const stuck = stage.fromTaskEither({ name: 'decode', item: String }, (_: number) => never)
 * const running = within(one, stuck)([7]).subscribe()
 * const stall = await firstValueFrom(watchdog(one, { quietMs: 5 }))
 * running.unsubscribe()
 * assert.match(stall.message, /gate gpu: nothing has moved for 5 ms; 1 alive, 0 waiting; the oldest, #0, .* is in decode/)
 * ```
 */
export const watchdog = (gate: Gate, { quietMs }: { readonly quietMs: number }): Observable<Stall> =>
  gate.stats$.pipe(
    switchMap(({ active, waiting }) => (active + waiting === 0 ? EMPTY : timer(quietMs, quietMs))),
    map(count => {
      const stats = gate[verbs].stats()
      const quiet = quietMs * (count + 1)
      const oldest = stats.oldest
        ? `the oldest, ${stats.oldest.item}, has been alive for ${stats.oldest.ageMs} ms and is in ${stats.oldest.stage}`
        : 'nothing is alive'
      return {
        gate: gate.name,
        quietMs: quiet,
        stats,
        message: `gate ${gate.name}: nothing has moved for ${quiet} ms; ${stats.active} alive, ${stats.waiting} waiting; ${oldest}`,
      }
    }),
  )
