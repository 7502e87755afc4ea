import type { Observable } from 'rxjs'
import type { LossOptions, Normaliser } from '../advantage/index.ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { Engine, Sampling } from '../engine/index.ts'
import { type Item, items, pipeline, type StageError, stage } from '../flow/index.ts'
import * as S from '../stages/index.ts'
import { batchesFrom } from './batches.ts'
import type { Course } from './course.ts'
import type { PolicyJob } from './job.ts'
import type { TemporalControl } from './reinforcement.ts'
import { rewarded } from './rewarded.ts'

/** A group that was learned from: numbers and texts. */
type LearnedGroup = S.HasRecord &
  S.HasSheet &
  S.HasGroup &
  S.HasRollouts<string, string> &
  S.HasRewards<string> &
  S.HasAdvantages<string>

/** What a step of reinforcement leaves behind. */
export interface Learned {
  readonly update: S.Update
  readonly groups: readonly LearnedGroup[]
  readonly failed: readonly StageError[]
  /** Sampled tokens. */
  readonly tokens: number
}

/** One run of reinforcement over records that begin with the first of batch `from`. */
interface Reinforce<V> {
  readonly title: string
  readonly prompts: number
  readonly from: number
  readonly sampling: (update: number) => Sampling
  readonly rewards: S.ScoreOptions<VideoRecord, string, string>
  readonly temporal: TemporalControl<string> | undefined
  readonly normaliser: Normaliser<string>
  readonly loss: LossOptions
  readonly rate: (step: number) => number
  readonly reference: Engine | undefined
  readonly course: Course<Learned, V>
}

/** What is kept of a batch when its update is made. */
const report = stage.pure(
  { name: 'report', item: ({ index }: { readonly index: number }) => `batch ${index}` },
  ({
    update,
    items: members,
    failed,
  }: S.HasUpdate & {
    readonly index: number
    readonly items: readonly LearnedGroup[]
    readonly failed: readonly StageError[]
  }): Learned => ({
    update,
    failed,
    groups: members.map(({ record, sheet, group, rollouts, rewards, normalised }) => ({
      record,
      sheet,
      group,
      rollouts,
      rewards,
      normalised,
    })),
    tokens: members.flatMap(({ group }) => group).reduce((sum, { ids }) => sum + ids.length, 0),
  }),
)

/**
 * Reinforcement: rollout, rewards by process, advantages, update. `train` has one batch under way at a time, which makes it strictly
 * on-policy, and evaluates between two updates. The normaliser is the whole difference between GRPO, the sum of rewards, and PA-GRPO.
 */
export const reinforce = <V>(
  job: Pick<PolicyJob, 'recipe' | 'policy'>,
  engine: Engine,
  records: Iterable<VideoRecord>,
  options: Reinforce<V>,
): Observable<Item<Learned & S.HasProgress<V>>> => {
  const {
    title,
    prompts,
    from,
    sampling,
    rewards,
    temporal,
    normaliser,
    loss,
    rate: learningRate,
    reference,
    course,
  } = options
  return items(records).pipe(
    stage.pure({ name: 'item', item: ({ id }) => id }, record => ({ record })),
    batchesFrom(prompts, from),
    S.train({
      ...course,
      pipeline: pipeline(
        title,
        rewarded(job, { engine, sampling, rewards, temporal }),
        S.advantage(normaliser),
        S.policyUpdate({ engine, loss, learningRate, ...(reference === undefined ? {} : { reference }) }),
        report,
      ),
    }),
  )
}
