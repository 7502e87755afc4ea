import { either as E, type taskEither as TE } from 'fp-ts'
import type { Observable } from 'rxjs'
import type { Fault, Item, StageError } from '../flow/index.ts'
import { fault, isDefect, iterate, messageOf } from '../flow/index.ts'

/** What is done with the items and the failures of a stream. */
export interface Consumer<A> {
  /** Called for one item after the other; the next is asked for when it has ended. A `Left`, or what it rejects with, ends the stream. */
  readonly item: (a: A) => Outcome | Promise<Outcome>
  readonly failed?: (error: StageError) => Outcome | Promise<Outcome>
}

/** Nothing, or a fault that ends the stream. */
export type Outcome = void | E.Either<Fault, void>

const cancelled = fault('Cancelled', 'the run was stopped', 'Add --resume to continue it.')

/**
 * Runs a stream to its end and says how many items came through and how many failed. Aborting closes everything that is under way.
 * Left: `Cancelled`, what `item` or `failed` gave, the fault of a defect, or `Thrown`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { fault, items, stage } from 'kinograd/flow'
 * import { consume } from 'kinograd/run'
 *
 * const half = stage.fromEither({ name: 'half', item: String }, (n: number) =>
 *   n % 2 === 0 ? E.right(n / 2) : E.left(fault('Odd', `${n} is odd`, 'Give an even number.')),
 * )
 * const seen: number[] = []
 * const ended = await consume(
 *   items([2, 3, 4]).pipe(half),
 *   { item: n => void seen.push(n) },
 *   new AbortController().signal,
 * )()
 * assert.deepEqual(seen, [1, 2])
 * assert.deepEqual(ended, E.right({ done: 2, failed: 1 }))
 * ```
 */
export const consume =
  <A>(
    stream: Observable<Item<A>>,
    { item, failed = () => {} }: Consumer<A>,
    signal: AbortSignal,
  ): TE.TaskEither<Fault, { readonly done: number; readonly failed: number }> =>
  async () => {
    const count = { done: 0, failed: 0 }
    try {
      for await (const one of iterate(stream, signal)) {
        count[E.isRight(one) ? 'done' : 'failed']++
        const outcome = await (E.isRight(one) ? item(one.right) : failed(one.left))
        if (outcome !== undefined && E.isLeft(outcome)) return outcome
      }
    } catch (error) {
      if (isDefect(error)) return E.left(error.fault)
      return E.left(fault('Thrown', messageOf(error), 'This is a defect: report it.'))
    }
    return signal.aborted ? E.left(cancelled) : E.right(count)
  }
