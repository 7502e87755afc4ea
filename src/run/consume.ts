import { either as E, type taskEither as TE } from 'fp-ts'
import type { Observable } from 'rxjs'
import type { Fault, Item, StageError } from '../flow/index.ts'
import { fault, isDefect } from '../flow/index.ts'

export interface Consumer<A> {
  /** Called for one item after the other, each awaited before the next; what it rejects with ends the stream. */
  readonly item: (a: A) => void | Promise<void>
  readonly failed?: (error: StageError) => void | Promise<void>
}

/**
 * Runs a stream to its end and says how many items came through and how many failed. The stream is not held back while `item` works:
 * outputs that cross a scope are small. Aborting unsubscribes, which closes everything that is under way. Left: `Cancelled`, the fault
 * of a defect, or `Thrown`.
 */
export const consume =
  <A>(
    stream: Observable<Item<A>>,
    { item, failed = () => {} }: Consumer<A>,
    signal: AbortSignal,
  ): TE.TaskEither<Fault, { readonly done: number; readonly failed: number }> =>
  () =>
    new Promise(resolve => {
      const count = { done: 0, failed: 0 }
      let handling: Promise<void> = Promise.resolve()
      const settle = (result: E.Either<Fault, typeof count>): void => {
        signal.removeEventListener('abort', cancel)
        subscription?.unsubscribe()
        resolve(result)
      }
      const broken = (error: unknown): void =>
        settle(
          E.left(
            isDefect(error)
              ? error.fault
              : fault('Thrown', error instanceof Error ? error.message : String(error), 'This is a defect: report it.'),
          ),
        )
      const cancel = (): void =>
        settle(E.left(fault('Cancelled', 'the run was stopped', 'Add --resume to continue it.')))
      const subscription = signal.aborted
        ? undefined
        : stream.subscribe({
            next: given => {
              count[E.isRight(given) ? 'done' : 'failed']++
              handling = handling.then(() => (E.isRight(given) ? item(given.right) : failed(given.left)))
              handling.catch(broken)
            },
            error: broken,
            complete: () => handling.then(() => settle(E.right(count)), broken),
          })
      if (subscription === undefined) cancel()
      else signal.addEventListener('abort', cancel, { once: true })
    })
