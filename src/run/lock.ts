import { join } from 'node:path'
import { either as E, type taskEither as TE } from 'fp-ts'
import { takeFileLock } from '../dataset/index.ts'
import { cannotWrite, type RunFault, runFault } from './fault.ts'

/**
 * Takes the lock of a run folder: a file that names process and machine, so that two processes never write one run.
 * A lock whose process has ended is taken over at once, so a killed run can be resumed. Resolves to what releases it.
 */
export const takeLock = (directory: string): TE.TaskEither<RunFault, () => Promise<void>> => {
  const path = join(directory, 'lock')
  const inUse = (who: string) =>
    runFault('Locked', `${directory} is in use by ${who}`, `Wait for it to end; if it has ended, remove ${path}.`)
  return () => takeFileLock(path).then(E.mapLeft(inUse), (error: unknown) => E.left(cannotWrite(path)(error)))
}
