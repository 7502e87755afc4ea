import { totalmem } from 'node:os'
import { either as E } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'

/** Memory that this process may have, bytes: the machine's, or less where a container has less. */
const memory = (): number => {
  const constrained = process.constrainedMemory()
  return constrained !== undefined && constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
}

/** Whether weights that are kept in so many bytes fit into memory at all. Said before any is read. */
export const fitsMemory = (bytes: number, most = memory()): E.Either<EngineFault, void> =>
  bytes <= most
    ? E.right(undefined)
    : E.left(
        fault(
          'BadCheckpoint',
          `the weights take ${bytes} bytes as they are kept, this machine has ${most} bytes of memory`,
          'Take a smaller model, a smaller storage, or a machine with more memory; predictMemory says what training takes besides.',
        ),
      )
