import type { either as E, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import type { Answer, Question, TeacherFault } from '../types.ts'

/** A question of a long list. */
export interface Asked<A, F extends Fault = TeacherFault> {
  /** What comes back beside the answer; small, as it is held until then: a record, not its frames. */
  readonly about: A
  /** Makes the question when there is room for it, and again should it have to be sent once more: decode the clip here. */
  readonly question: (signal: AbortSignal) => TE.TaskEither<F, Question>
}

/** What came of a question. */
export interface Told<A, F extends Fault = TeacherFault> {
  readonly about: A
  readonly answer: E.Either<F | TeacherFault, Answer>
}

/** How a long list is asked. */
export interface AskingAll {
  /** Questions made at the same time; 2 by default. */
  readonly preparing?: number
  /** Questions that wait for their answers at most; 100,000 by default. */
  readonly pending?: number
}
