import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type BackendChoice, installNative, type SelectedBackend, selectBackend } from '../engine/tfjs/index.ts'
import type { Fault } from '../flow/index.ts'

/**
 * Brings the native backend where it can be had and is wanted, in one line each; any failure falls back to WebAssembly, unless native
 * was asked for by name.
 */
export const startBackend = (
  asked: BackendChoice | undefined,
  say: (line: string) => void,
  signal: AbortSignal,
): TE.TaskEither<Fault, SelectedBackend> => {
  const select = selectBackend(asked === undefined ? {} : { backend: asked })
  if (asked === 'wasm' || asked === 'cpu') return select
  return F.pipe(
    TE.fromTask<E.Either<Fault, unknown>, Fault>(installNative({ signal, log: say })),
    TE.flatMap(brought => {
      if (E.isRight(brought)) return select
      if (asked === 'native' || signal.aborted) return TE.left(brought.left)
      say(`WebAssembly here: ${brought.left.cause}.`)
      return select
    }),
  )
}
