import { fault, isFull } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'

/** The fault of a checkpoint's file that cannot be read. */
export const unreadable = (path: string, cause: string): EngineFault =>
  fault('BadCheckpoint', `${path}: ${cause}`, 'Fetch or write the checkpoint again.')

/** The fault of a folder that cannot be written: `NoSpace` where the disk is full. */
export const unwritable =
  (directory: string) =>
  (error: unknown): EngineFault =>
    fault(
      isFull(error) ? 'NoSpace' : 'BadCheckpoint',
      `${directory} cannot be written: ${String(error)}`,
      'Look at free space and permissions.',
    )

/** The fault of a checkpoint that is not this model's. */
export const mismatch = (cause: string): EngineFault =>
  fault('BadCheckpoint', cause, "Load a checkpoint that was made with this model's config.json.")

/** The fault of work whose signal was aborted. */
export const cancelled: EngineFault = fault('Cancelled', 'the signal was aborted', 'Run it again; nothing was changed.')

/** The fault of an exception: a function given to the engine threw, or the engine itself did. */
export const thrown = (error: unknown): EngineFault =>
  fault(
    'Thrown',
    error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    'Look at the objective or the optimiser that was given; with those in order it is a defect of the engine.',
  )
