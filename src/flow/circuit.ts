import { either as E } from 'fp-ts'
import { asyncScheduler, defer, finalize, of, tap } from 'rxjs'
import type { Policy } from './attempt.ts'
import { defect, type Fault, fault } from './fault.ts'

/** When a remote counts as dead, and for how long. */
export interface Circuit {
  /** After so many failures in a row the remote counts as dead. */
  readonly failures: number
  /** Milliseconds during which it is then left alone. */
  readonly coolMs: number
  /** Which faults speak against the remote rather than against the request; all by default. */
  readonly counts?: (fault: Fault) => boolean
}

/**
 * Stops calling a dead remote: after `failures` counted faults in a row every attempt is answered by the fault
 * `CircuitOpen` at once; after `coolMs` one attempt is let through, and its outcome closes the circuit or opens it
 * for another `coolMs`. One value is one circuit. With `tolerate` a dead remote then ends the run within a window
 * instead of timing out item by item.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import { circuit, fault, items, iterate, stage } from 'kinograd/flow'
 *
 * const dead = () => TE.left(fault('Unreachable', 'connection refused', 'Start the server'))
 * const about = { name: 'ask', item: String, policies: [circuit<number>({ failures: 2, coolMs: 60_000 })] }
 * const tags: string[] = []
 * for await (const answer of iterate(items([1, 2, 3]).pipe(stage.fromTaskEither(about, dead))))
 *   if (E.isLeft(answer)) tags.push(answer.left.fault._tag)
 * assert.deepEqual(tags, ['Unreachable', 'Unreachable', 'CircuitOpen'])
 * ```
 */
export const circuit = <A>({ failures, coolMs, counts = () => true }: Circuit): Policy<A> => {
  if (!(Number.isInteger(failures) && failures > 0 && coolMs > 0))
    throw defect(
      fault('BadCircuit', `${failures} failures, ${coolMs} ms`, 'Give at least 1 failure and a time above 0'),
    )
  let inRow = 0
  let openUntil = 0
  let trying = false
  let last: Fault | undefined

  const refused = (now: number): Fault =>
    fault(
      'CircuitOpen',
      `${inRow} attempts in a row failed and ${failures} open the circuit; the last: ${last?.cause ?? 'unknown'}`,
      `It is tried again ${trying ? 'right now' : `in ${openUntil - now} ms`}; see whether the remote is up`,
    )

  return attempt => a =>
    defer(() => {
      const now = asyncScheduler.now()
      const open = inRow >= failures
      if (open && (now < openUntil || trying)) return of(E.left(refused(now)))
      trying = open
      return attempt(a).pipe(
        tap(answer => {
          if (E.isRight(answer) || !counts(answer.left)) {
            inRow = 0
            return
          }
          inRow += 1
          last = answer.left
          if (inRow >= failures) openUntil = asyncScheduler.now() + coolMs
        }),
        finalize(() => {
          if (open) trying = false
        }),
      )
    })
}
