import { totalmem } from 'node:os'
import { either as E } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'

/** Memory that this process may have, bytes: the machine's, or less where a container has less. */
const memory = (): number => {
  const constrained = process.constrainedMemory()
  return constrained !== undefined && constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
}

/** Whether weights of these shapes fit into memory at all, as float32. Said before any is read. */
export const fitsMemory = (shapes: readonly (readonly number[])[], most = memory()): E.Either<EngineFault, void> => {
  const bytes = 4 * shapes.reduce((sum, shape) => sum + shape.reduce((product, n) => product * n, 1), 0)
  return bytes <= most
    ? E.right(undefined)
    : E.left(
        fault(
          'BadCheckpoint',
          `the weights take ${bytes} bytes as float32, this machine has ${most} bytes of memory`,
          'Take a smaller model, or a machine with more memory; predictMemory says what training takes besides.',
        ),
      )
}
