import { either as E, function as F } from 'fp-ts'
import type { Observable } from 'rxjs'
import { sftLoss } from '../advantage/index.ts'
import type { CotRecord } from '../dataset/index.ts'
import type { Engine } from '../engine/index.ts'
import { each, gate, type Item, items, pipeline, type StageError, stage, within } from '../flow/index.ts'
import type { Run } from '../run/index.ts'
import * as S from '../stages/index.ts'
import { batchesFrom, oneOfEachClip } from './batches.ts'
import type { Course } from './course.ts'
import type { AnyRecipe } from './job.ts'
import { asked } from './look.ts'
import type { RecipePolicy } from './policy.ts'
import { shown } from './shown.ts'

/** What a step of fine-tuning leaves behind. */
export interface Tuned {
  readonly update: S.Update
  /** Records that it was made of. */
  readonly records: number
  readonly failed: readonly StageError[]
}

/** One run of fine-tuning over chains that begin with the first of batch `from`. */
interface FineTune {
  readonly size: number
  readonly from: number
  readonly rate: (step: number) => number
  readonly course: Course<Tuned, never>
}

/**
 * Supervised fine-tuning: one optimiser step a batch of chains, in their order; the next batch is prepared meanwhile. `chains` begin with
 * the first of batch `from`.
 */
export const fineTune = (
  {
    recipe: { media },
    policy,
    run,
  }: {
    readonly recipe: Pick<AnyRecipe, 'media'>
    readonly policy: Pick<RecipePolicy, 'prompt' | 'target'>
    readonly run: Pick<Run, 'status'>
  },
  engine: Engine,
  chains: Iterable<CotRecord>,
  { size, from, rate, course }: FineTune,
): Observable<Item<S.HasUpdate>> => {
  const scope = gate({ name: 'preparation', inFlight: 2 })
  return items(chains).pipe(
    stage.fromEither({ name: 'target', item: chain => chain.id }, record =>
      F.pipe(
        policy.target(record),
        E.map(target => ({ record, target })),
      ),
    ),
    batchesFrom(size, from),
    within(scope, each(asked(media, policy))),
    shown(run, scope),
    oneOfEachClip(),
    S.train({
      ...course,
      pipeline: pipeline(
        'SFT',
        S.sftUpdate({ engine, objective: sftLoss(), learningRate: rate }),
        stage.pure({ name: 'report', item: ({ index }) => `batch ${index}` }, ({ update, items: members, failed }) => ({
          update,
          failed,
          records: members.length,
        })),
      ),
    }),
  )
}
