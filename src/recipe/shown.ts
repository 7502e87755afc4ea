import { defer, finalize, type MonoTypeOperatorFunction } from 'rxjs'
import type { Gate } from '../flow/index.ts'
import type { Run } from '../run/index.ts'

/** Passes a stream on; while it is read, the status line of the run counts what the scope holds. */
export const shown =
  <A>({ status }: Pick<Run, 'status'>, scope: Gate): MonoTypeOperatorFunction<A> =>
  source =>
    defer(() => (status === undefined ? source : source.pipe(finalize(status.watch(scope)))))
