import { either as E, type taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import { outputParts, readResults } from '../evaluation/index.ts'
import { type Fault, fault } from '../flow/index.ts'

/** What each result observed, by the id of its question. */
export type Observations = ReadonlyMap<string, string>

/** The observations of results that another policy gave. Left: the faults of the file; `NothingMeasured` where no output has one. */
export const observationsIn =
  (path: string): TE.TaskEither<Fault, Observations> =>
  async () => {
    const all = new Map<string, string>()
    for await (const read of readResults(path)) {
      if (E.isLeft(read)) return read
      const { observation } = outputParts(read.right.output ?? '')
      if (observation !== undefined) all.set(String(read.right.problem_id), observation)
    }
    return all.size === 0
      ? E.left(
          fault(
            'NothingMeasured',
            `${path}: no output has an observation segment`,
            'Name results of a policy that writes one: --prompt videop2r.',
          ),
        )
      : E.right(all)
  }

/** Records without an observation cannot be asked about with one: each is failed with a reason. */
export const lacksObservation = ({ id }: VideoRecord): Fault =>
  fault(
    'NoObservation',
    `record ${id}: there is no observation for it`,
    'It is left out of the scores, and counted as that.',
  )
