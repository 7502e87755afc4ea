import { either as E } from 'fp-ts'
import type { Observable } from 'rxjs'
import type { VideoRecord } from '../dataset/index.ts'
import type { Adding, Fault, Item, Known, Wanted } from '../flow/index.ts'
import { fault, stage } from '../flow/index.ts'
import { type HasRecord, type HasRollouts, type RecordOf, type Rollout, recordId } from './items.ts'

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

/** Adds a grade to items of a known type. */
type Grading<A, K extends string, T extends string> = (
  this: Wanted<HasRecord & HasRollouts<K, T>>,
  source: Observable<Item<A & HasRollouts<K, T>>>,
) => Observable<Item<NoInfer<A> & HasRollouts<K, T> & HasGrade>>

/** Grades the first completion of every group. Left: what `grader` gives, or `EmptyGroup`. */
export function grade<A, K extends string, T extends string>(
  grader: ((record: RecordOf<NoInfer<A>>, rollout: Rollout<NoInfer<K>, NoInfer<T>>) => E.Either<Fault, Grade>) &
    Known<A>,
): Grading<A, K, T>
export function grade<R extends VideoRecord, K extends string, T extends string>(
  grader: (record: R, rollout: Rollout<K, T>) => E.Either<Fault, Grade>,
): Adding<HasRecord<R> & HasRollouts<K, T>, HasGrade>
export function grade<R extends VideoRecord, K extends string, T extends string>(
  grader: (record: R, rollout: Rollout<K, T>) => E.Either<Fault, Grade>,
): Adding<HasRecord<R> & HasRollouts<K, T>, HasGrade> {
  return stage.addingEither(
    { name: 'grade', item: recordId },
    ({ record, rollouts: [first] }: HasRecord<R> & HasRollouts<K, T>) =>
      first === undefined
        ? E.left(fault('EmptyGroup', 'there are 0 completions to grade', 'Sample at least one completion.'))
        : E.map((given: Grade) => ({ grade: given }))(grader(record, first)),
  )
}
