import { codeOf, type Fault, fault, messageOf } from '../flow/index.ts'

/**
 * `RunExists`: the folder holds a run and resuming was not asked for · `OtherConfig`: resuming under other settings ·
 * `Locked`: another process works on it · `NoSpace` · `CannotWrite`, `CannotRead`: the file system refused · `BadRow`:
 * a file of the run does not hold what it should · `BadResult`: a phase's result does not survive being written.
 */
export type RunFault = Fault<
  'RunExists' | 'OtherConfig' | 'Locked' | 'NoSpace' | 'CannotWrite' | 'CannotRead' | 'BadRow' | 'BadResult'
>

/** Makes a fault of this room. */
export const runFault: (tag: RunFault['_tag'], cause: string, remedy: string) => RunFault = fault

/** What a refused write becomes. */
export const cannotWrite =
  (path: string) =>
  (error: unknown): RunFault =>
    fault('CannotWrite', `${path} cannot be written: ${messageOf(error)}`, 'Check permissions and free space.')

/** What a refused read becomes. */
export const cannotRead =
  (path: string) =>
  (error: unknown): RunFault =>
    fault('CannotRead', `${path} cannot be read: ${messageOf(error)}`, 'Check the path and its permissions.')

/** Whether a call failed because there is no such file. */
export const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT'
