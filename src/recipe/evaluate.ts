import { function as F, taskEither as TE } from 'fp-ts'
import type { Observable } from 'rxjs'
import type { VideoRecord } from '../dataset/index.ts'
import type { Engine, Sampling } from '../engine/index.ts'
import { type Batch, each, type Fault, fault, gate, type Item, pipeline, stage, within } from '../flow/index.ts'
import * as S from '../stages/index.ts'
import { batchesFrom, oneOfEachClip } from './batches.ts'
import type { GradedAnswer, Grader } from './grading.ts'
import type { PolicyJob } from './job.ts'
import { asked } from './look.ts'
import { shown } from './shown.ts'

/** One answer with what was found of it. */
export interface Answered {
  readonly record: VideoRecord
  readonly grade: GradedAnswer
  readonly text: string
}

/** Grades the one completion of an item, at once or later. */
const graded = (grade: Grader<string, string>) =>
  stage.adding(
    { name: 'grade', item: S.recordId },
    ({ record, rollouts: [first] }: S.HasRecord & S.HasRollouts<string, string>, signal) => {
      const empty = fault('EmptyGroup', 'there are 0 completions to grade', 'Sample at least one completion.')
      if (first === undefined) return TE.left<Fault>(empty)
      const found = grade(record, first, signal)
      return F.pipe(
        typeof found === 'function' ? found : TE.fromEither(found),
        TE.map(given => ({ grade: given })),
      )
    },
  )

/**
 * Evaluation: one completion a question, graded, in batches of `atOnce` of which the first is number `from`. Failed items are passed on in
 * their batch, never counted as wrong answers.
 */
export const evaluate = (
  { recipe: { media, template }, policy, run }: Pick<PolicyJob, 'recipe' | 'policy' | 'run'>,
  engine: Engine,
  records: Observable<Item<S.HasRecord>>,
  {
    grade,
    sampling,
    atOnce,
    from,
  }: { grade: Grader<string, string>; sampling: (batch: number) => Sampling; atOnce: number; from: number },
): Observable<Item<Batch<Answered>>> => {
  const scope = gate({ name: 'evaluation', inFlight: 1 })
  return records.pipe(
    batchesFrom(atOnce, from),
    within(
      scope,
      pipeline(
        'evaluate',
        each(asked(media, policy)),
        oneOfEachClip(),
        S.rollout({ engine, sampling }),
        each(
          pipeline(
            'grade',
            S.readRollouts(template, policy.tokenizer),
            graded(grade),
            stage.pure({ name: 'result', item: S.recordId }, ({ record, grade: found, rollouts }) => ({
              record,
              grade: found,
              text: rollouts[0]?.text ?? '',
            })),
          ),
        ),
      ),
    ),
    shown(run, scope),
  )
}
