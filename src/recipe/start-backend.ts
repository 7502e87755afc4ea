import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type BackendOptions, installNative, type SelectedBackend, selectBackend } from '../engine/tfjs/index.ts'
import type { Fault } from '../flow/index.ts'

/**
 * Brings the native backend where it can be had and is wanted, in one line each; any failure falls back to WebAssembly, unless native
 * was asked for by name.
 */
export const startBackend = (
  asked: Pick<BackendOptions, 'backend' | 'matmulPrecision'>,
  say: (line: string) => void,
  signal: AbortSignal,
): TE.TaskEither<Fault, SelectedBackend> => {
  const { backend } = asked
  const select = selectBackend(asked)
  if (backend === 'wasm' || backend === 'cpu') return select
  return F.pipe(
    TE.fromTask<E.Either<Fault, unknown>, Fault>(installNative({ signal, log: say })),
    TE.flatMap(brought => {
      if (E.isRight(brought)) return select
      if (backend === 'native' || signal.aborted) return TE.left(brought.left)
      say(`WebAssembly here: ${brought.left.cause}.`)
      return select
    }),
  )
}
