import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { taskEither as TE } from 'fp-ts'
import { type Fault, fault, messageOf } from '../flow/index.ts'
import type { Run } from '../run/index.ts'

/** The run that checkpoints are of. */
interface OfRun {
  readonly run: Pick<Run, 'directory'>
}

/** Folder of a checkpoint of the run. */
export const checkpointOf = ({ run }: OfRun, name: string): string => join(run.directory, 'checkpoints', name)

/** Where the savepoints of a training phase are. */
export const onTheWay = (job: OfRun, phase: string): string =>
  checkpointOf(job, `${encodeURIComponent(phase)}.on-the-way`)

/** The file of a checkpoint that vouches for all its others. */
export const manifestOf = (checkpoint: string): string => join(checkpoint, 'kinograd.manifest.json')

/** The manifests of those checkpoints that have one; folders of others vouch for nothing. */
export const manifestsOf = (...checkpoints: readonly (string | undefined)[]): readonly string[] =>
  checkpoints.flatMap(folder => (folder === undefined || !existsSync(manifestOf(folder)) ? [] : [manifestOf(folder)]))

/** Takes away the savepoints of a phase that has ended: its marker no longer names them. */
export const sweep = (job: OfRun, phase: string): TE.TaskEither<Fault, void> =>
  TE.tryCatch(
    () => rm(onTheWay(job, phase), { recursive: true, force: true }),
    error =>
      fault('CannotWrite', `savepoints of ${phase} cannot be removed: ${messageOf(error)}`, 'Check permissions.'),
  )

/** Says of a checkpoint that cannot be read how it is made again: by doing its phase once more. */
export const orDoAgain =
  ({ run }: OfRun, phase: string, what: 'done' | 'begun' = 'done') =>
  <A>(load: TE.TaskEither<Fault, A>): TE.TaskEither<Fault, A> =>
    TE.mapLeft((wrong: Fault): Fault => {
      const marker = join(run.directory, 'phases', `${encodeURIComponent(phase)}.${what}.json`)
      return wrong._tag === 'BadCheckpoint'
        ? { ...wrong, remedy: `Remove ${marker} and --resume: ${phase} is then done again.` }
        : wrong
    })(load)
