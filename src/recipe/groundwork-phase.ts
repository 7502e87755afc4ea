import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import type { Fault } from '../flow/index.ts'
import { phase } from '../run/index.ts'
import type { Groundwork } from './groundwork.ts'
import type { Job } from './job.ts'

/** What the phase made is all there still; what is missing since then is not put back in silence. */
const stillThere = ({ run }: Job, { title, check }: Groundwork): TE.TaskEither<Fault, unknown> => {
  const marker = join(run.directory, 'phases', `${encodeURIComponent(title)}.done.json`)
  return F.pipe(
    check ?? TE.right(undefined),
    TE.mapLeft(broken => ({
      ...broken,
      remedy: `Remove ${marker} and --resume: what is missing is made again.`,
    })),
  )
}

/** Makes what the other phases read, once, and looks whether it is all there. */
export const groundworkDone = (job: Job): TE.TaskEither<Fault, unknown> => {
  const { groundwork } = job.recipe
  if (groundwork === undefined) return TE.right(undefined)
  const { title, work, writes } = groundwork
  return F.pipe(
    phase(job.run, title, t.null, () => TE.map(() => null)(work(job.run, job.signal)), { writes }),
    TE.flatMap(() => stillThere(job, groundwork)),
  )
}
