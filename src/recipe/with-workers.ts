import { taskEither as TE } from 'fp-ts'
import type { CotRecord } from '../dataset/index.ts'
import type { Fault, Stage } from '../flow/index.ts'
import type { HasRecord } from '../stages/index.ts'
import { openRemote, remote, type Transport } from '../transport/index.ts'
import { type ChainParts, widthOf } from './annotate.ts'
import type { Annotation } from './annotation.ts'
import { liftedChains } from './lifted-chains.ts'

/**
 * Does something with the pipeline of chains as workers do it, where a recipe has some; their connection is open that long. Left: the
 * faults of the transport, `RunTaken` among them.
 */
export const withWorkers = <A>(
  parts: ChainParts & { readonly data: Pick<Annotation<string>, 'workers'> },
  use: (elsewhere: Stage<HasRecord, CotRecord> | undefined) => TE.TaskEither<Fault, A>,
): TE.TaskEither<Fault, A> => {
  const { workers } = parts.data
  if (workers === undefined) return use(undefined)
  const { run, version } = workers
  const { decode, annotate, judge } = liftedChains(parts, version)
  const asking = (transport: Transport) =>
    TE.bracket(
      openRemote(transport, { run, inFlight: widthOf(parts.data, true) }),
      opened => use(remote(opened, decode, annotate, judge)),
      opened => TE.fromTask(opened.close),
    )
  return TE.bracket(workers.transport, asking, transport => TE.fromTask(transport.close))
}
