import { either as E, type taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../../dataset/index.ts'
import type { Picked } from '../../evaluation/index.ts'
import { type Fault, fault, messageOf } from '../../flow/index.ts'
import { wholeLines } from '../../run/index.ts'
import type { AnnotationFiles } from './files.ts'
import { chainLine, type FailureLine, failureLine, judgementPlace } from './rows.ts'
import { type Counting, openTally } from './tally.ts'

/** Where an annotation goes on: how many records are done, and how long its files are that hold what became of them. */
export interface Recovered {
  readonly done: number
  readonly bytes: Readonly<Record<'out' | 'failures' | 'judgements', number>>
  readonly tally: Counting
}

/** The lines of a file that decode, until one does not. */
async function* decoded<A>(
  path: string,
  codec: { readonly decode: (value: unknown) => E.Either<unknown, A> },
): AsyncGenerator<{ readonly row: A; readonly end: number }, undefined> {
  for await (const { value, end } of wholeLines(path)) {
    const row = codec.decode(value)
    if (E.isLeft(row)) return undefined
    yield { row: row.right, end }
  }
  return undefined
}

const fateOfFailure = ({ data_type, problem_type, stage, tag, ending }: FailureLine) => ({
  kind:
    data_type === undefined || problem_type === undefined
      ? undefined
      : { dataType: data_type, problemType: problem_type },
  endedAt: stage,
  tag,
  failed: ending === 'failed',
})

const moreThanAsked = ({ out }: AnnotationFiles, asked: number): Fault =>
  fault(
    'OtherConfig',
    `${out} has more records done than the ${asked} that are asked for`,
    'Raise --limit, or name another --out.',
  )

/**
 * Finds out from the files themselves how far an annotation came: every record has left one line, in their order, in the chains
 * or in the failures. What a killed process left half, and what stands out of step with the records, is not counted and so is cut
 * off when the files are opened. Left: `OtherConfig` where more is done than there are records. Reads the three files and as many records once; holds one line of each.
 */
export const recover =
  <R extends VideoRecord>(files: AnnotationFiles, records: AsyncIterable<Picked<R>>): TE.TaskEither<Fault, Recovered> =>
  async () => {
    const tally = openTally()
    let [done, next, all] = [0, 0, true]
    const bytes = { out: 0, failures: 0, judgements: 0 }
    const chains = decoded(files.out, chainLine)
    const failures = decoded(files.failures, failureLine)
    try {
      let chain = (await chains.next()).value
      let failure = (await failures.next()).value
      for await (const { at, read } of records) {
        if (failure !== undefined && failure.row.at === at && failure.row.pending !== true) {
          tally.note(fateOfFailure(failure.row))
          bytes.failures = failure.end
          failure = (await failures.next()).value
        } else if (chain !== undefined && E.isRight(read) && chain.row.problem_id === read.right.id) {
          const { data_type: dataType, problem_type: problemType } = chain.row
          tally.note({ kind: { dataType, problemType }, endedAt: undefined, tag: undefined, failed: false })
          bytes.out = chain.end
          chain = (await chains.next()).value
        } else {
          all = false
          break
        }
        next = at + 1
        done++
      }
      if (all && (chain !== undefined || (failure !== undefined && failure.row.pending !== true)))
        return E.left(moreThanAsked(files, done))
      for await (const { row, end } of decoded(files.judgements, judgementPlace)) {
        if (row.at >= next) break
        bytes.judgements = end
      }
      return E.right({ done, bytes, tally })
    } catch (error) {
      return E.left(
        fault(
          'CannotRead',
          `what was annotated cannot be read: ${messageOf(error)}`,
          'Check the files beside the output.',
        ),
      )
    } finally {
      await chains.return(undefined)
      await failures.return(undefined)
    }
  }
