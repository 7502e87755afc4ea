import { codeOf, type Fault, fault, isFull, messageOf } from '../flow/index.ts'

/**
 * `RunExists`: the folder holds a run and resuming was not asked for · `OtherConfig`: resuming under other settings ·
 * `OtherVersion`: another version made the folder · `NotARun`: the folder holds other things · `Locked`: another process
 * works on it · `NoSpace`: the disk is full, or too full · `CannotWrite`, `CannotRead`: the file system refused · `BadRow`:
 * a file of the run does not hold what it should · `BadLog`: a log was cut or altered · `DataChanged`: a file that the run
 * reads is gone or another · `BadResult`: a phase's result does not survive being written.
 */
export type RunFault = Fault<
  | 'RunExists'
  | 'OtherConfig'
  | 'OtherVersion'
  | 'NotARun'
  | 'Locked'
  | 'NoSpace'
  | 'CannotWrite'
  | 'CannotRead'
  | 'BadRow'
  | 'BadLog'
  | 'DataChanged'
  | 'BadResult'
>

/** Makes a fault of this room. */
export const runFault: (tag: RunFault['_tag'], cause: string, remedy: string) => RunFault = fault

/** What a refused write becomes: `NoSpace` where the disk is full, else `CannotWrite`. */
export const cannotWrite =
  (path: string) =>
  (error: unknown): RunFault =>
    isFull(error)
      ? fault(
          'NoSpace',
          `${path} cannot be written: the disk is full (${codeOf(error)})`,
          'Free some space, then --resume.',
        )
      : fault('CannotWrite', `${path} cannot be written: ${messageOf(error)}`, 'Check the folder and its permissions.')

/** What a refused read becomes. */
export const cannotRead =
  (path: string) =>
  (error: unknown): RunFault =>
    fault('CannotRead', `${path} cannot be read: ${messageOf(error)}`, 'Check the path and its permissions.')

/** Whether a call failed because there is no such file. */
export const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT'
