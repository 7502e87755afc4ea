import { either as E } from 'fp-ts'
import { messageOf } from '../../flow/index.ts'
import { teacherFault } from '../fault.ts'
import type { Question, TeacherFault } from '../types.ts'
import type { Make } from './wants.ts'

/** Makes a question; what the maker throws is a fault. */
export const madeOf = async (make: Make, signal: AbortSignal): Promise<E.Either<TeacherFault, Question>> => {
  try {
    return await make(signal)()
  } catch (error) {
    const cause = `the question cannot be made: it threw ${messageOf(error)}`
    return E.left(teacherFault('BadRequest', cause, 'Return a Left where a failure is expected.'))
  }
}
