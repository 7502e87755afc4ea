import { either as E } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { Fault, Stage } from '../flow/index.ts'
import { stage } from '../flow/index.ts'
import { type HasRecord, type HasRollouts, type Rollout, recordId } from './items.ts'

/** What an evaluation says of one completion. */
export interface Grade {
  readonly accuracy: number
  /** The observation alone supports the correct answer. */
  readonly sufficient: boolean
  /** The answer is what follows from the observation. */
  readonly faithful: boolean
  readonly wellFormed: boolean
  /** The answer differs from what the thinking concludes. */
  readonly mismatch: boolean
}

/** The grade of the first completion. */
export interface HasGrade {
  readonly grade: Grade
}

/** Grades the first completion of every group. */
export const grade = <A extends HasRecord & HasRollouts<K, T>, K extends string, T extends string>(
  of: (record: VideoRecord, rollout: Rollout<K, T>) => E.Either<Fault, Grade>,
): Stage<A, A & HasGrade> =>
  stage.addingEither({ name: 'grade', item: recordId }, ({ record, rollouts }: A) =>
    E.map((given: Grade) => ({ grade: given }))(of(record, rollouts[0] as Rollout<K, T>)),
  )
