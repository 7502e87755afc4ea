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

/**
 * Grades the first completion of every group, for evaluations: is the answer right, is the observation enough, does the answer follow
 * from it. Reads `record` and `rollouts`, adds `grade`. `grader` says how; items keep their order. Left: what `grader` gives;
 * `EmptyGroup`, no completion to grade.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { items } from 'kinograd/flow'
 * import { videoP2R } from 'kinograd/process'
 * import { grade, readRollout } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 * const text = '<observation>3 balls</observation><think>I count 3.</think><answer>3</answer>'
 * const tokenizer = { pieces: () => [text] }
 * const rollouts = [readRollout(videoP2R, tokenizer)({ ids: Int32Array.of(0), stop: 'length' })]
 * const graded = grade(({ answer }, { processes: { perception, reasoning } }) =>
 *   E.right({
 *     accuracy: reasoning?.answer === answer ? 1 : 0,
 *     sufficient: perception?.observation?.includes(answer) ?? false,
 *     faithful: true,
 *     wellFormed: perception !== null && reasoning !== null,
 *     mismatch: false,
 *   }),
 * )
 * const item = await firstValueFrom(items([{ record, rollouts }]).pipe(graded))
 * assert(E.isRight(item))
 * assert.equal(item.right.grade.accuracy, 1)
 * ```
 */
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
