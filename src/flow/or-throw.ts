import { either as E } from 'fp-ts'
import { defect, type Fault, type StageError } from './fault.ts'

const faultOf = (wrong: Fault | StageError): Fault =>
  'stage' in wrong ? { ...wrong.fault, cause: `${wrong.stage}: ${wrong.item}: ${wrong.fault.cause}` } : wrong

/**
 * What a task or an item came to, or a thrown `Defect` with what went wrong: for scripts and tests, where a fault ends the program.
 * Inside a pipeline, leave a fault what it is, a value.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { fault, orThrow, stageError } from 'kinograd/flow'
 *
 * assert.equal(orThrow(E.right(3)), 3)
 * assert.throws(() => orThrow(E.left(fault('NoFile', 'a.jsonl is not there', 'Write it'))), /a\.jsonl is not there/)
 * const lost = stageError('decode', 'a.mp4', fault('NotAVideo', 'no picture', 'Fetch it again'))
 * assert.throws(() => orThrow(E.left(lost)), /^Defect: decode: a\.mp4: no picture \(NotAVideo\)\. Fetch it again$/)
 * ```
 */
export const orThrow = <A>(result: E.Either<Fault | StageError, A>): A => {
  if (E.isLeft(result)) throw defect(faultOf(result.left))
  return result.right
}
