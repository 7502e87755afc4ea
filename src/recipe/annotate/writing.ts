import { function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import { type Growing, openGrowing } from '../../run/index.ts'
import type { AnnotationFiles } from './files.ts'
import type { JudgementLine } from './judgement-line.ts'
import type { Recovered } from './recover.ts'
import type { FailureLine } from './rows.ts'

/** What is written of one record. */
export interface Written {
  /** The kept chain as it is published, or why there is none. */
  readonly outcome: { readonly chain: object } | { readonly failure: FailureLine }
  readonly judgement: JudgementLine | undefined
}

/** The files of an annotation while it grows. */
export interface Writing {
  /** Writes what became of one record: first the judgement, then the one line that says that the record is done. */
  readonly record: (written: Written) => TE.TaskEither<Fault, void>
  readonly sync: TE.TaskEither<Fault, void>
  readonly close: () => Promise<void>
}

const line = (value: object): string => `${JSON.stringify(value)}\n`

const writing = (out: Growing, failures: Growing, judgements: Growing): Writing => ({
  record: ({ outcome, judgement }) =>
    F.pipe(
      judgement === undefined ? TE.right(undefined) : judgements.append(line(judgement)),
      TE.flatMap(() => ('chain' in outcome ? out.append(line(outcome.chain)) : failures.append(line(outcome.failure)))),
    ),
  // Judgements first, then failures, then chains: what is lost with the power is the end, and it is asked of the cache again.
  sync: F.pipe(
    judgements.sync,
    TE.flatMap(() => failures.sync),
    TE.flatMap(() => out.sync),
  ),
  close: async () => {
    for (const file of [out, failures, judgements]) await file.close()
  },
})

/** Opens the files where an annotation left them; what stands behind is cut off. Left: faults of the disk. */
export const openWriting = (
  files: AnnotationFiles,
  { bytes }: Pick<Recovered, 'bytes'>,
): TE.TaskEither<Fault, Writing> =>
  F.pipe(
    TE.sequenceSeqArray([
      openGrowing(files.out, bytes.out),
      openGrowing(files.failures, bytes.failures),
      openGrowing(files.judgements, bytes.judgements),
    ]),
    TE.map(([out, failures, judgements]) => writing(out!, failures!, judgements!)),
  )
