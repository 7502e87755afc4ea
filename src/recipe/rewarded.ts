import type { VideoRecord } from '../dataset/index.ts'
import type { Engine, Sampling } from '../engine/index.ts'
import { type Batch, each, pipeline, type Stage, stage } from '../flow/index.ts'
import * as S from '../stages/index.ts'
import { oneOfEachClip } from './batches.ts'
import type { PolicyJob } from './job.ts'
import { askedAndShown, askedAndShuffled } from './look.ts'
import type { TemporalControl } from './reinforcement.ts'

/** Questions of a batch, and what comes of them: rollouts with their rewards by process. */
type Questions = Batch<S.HasRecord<VideoRecord>>
type Rewarded = Batch<
  S.HasRecord<VideoRecord> &
    S.HasPrompt &
    S.HasSheet &
    S.HasGroup &
    S.HasRollouts<string, string> &
    S.HasRewards<string>
>

/** How a batch is asked and rewarded. */
interface Rewarding {
  readonly engine: Engine
  readonly sampling: (update: number) => Sampling
  readonly rewards: S.ScoreOptions<VideoRecord, string, string>
  readonly temporal: TemporalControl<string> | undefined
}

type Job = Pick<PolicyJob, 'recipe' | 'policy'>

const plainly = (
  { recipe: { media, template }, policy }: Job,
  { engine, sampling, rewards }: Rewarding,
): Stage<Questions, Rewarded> =>
  pipeline(
    'rollouts',
    each(askedAndShown(media, policy)),
    oneOfEachClip(),
    S.rollout({ engine, sampling }),
    each(pipeline('reward', S.readRollouts(template, policy.tokenizer), S.score(rewards))),
  )

/** No update has this number: seeds of control rollouts are others than those of any update. */
const beyondUpdates = 500_000

const withControl = (
  { recipe: { media, template, seed }, policy }: Job,
  { engine, sampling, rewards }: Rewarding,
  { process, completions, ...options }: TemporalControl<string>,
): Stage<Questions, Rewarded> => {
  const accuracy = rewards.accuracy[process]!
  const control = S.temporal({ ...options, accuracy, read: S.readRollout(template, policy.tokenizer) })
  const extra = { ...rewards.extra, [process]: { ...rewards.extra?.[process], temporal: control } }
  return pipeline(
    'rollouts',
    each(askedAndShuffled(media, policy, seed)),
    oneOfEachClip(),
    S.rollout({ engine, sampling }),
    S.rolloutShuffled({
      engine,
      sampling: update => {
        const inOrder = sampling(update)
        return { ...inOrder, count: completions, seed: inOrder.seed + beyondUpdates }
      },
    }),
    each(
      pipeline(
        'reward',
        S.readRollouts(template, policy.tokenizer),
        S.score({ ...rewards, extra }),
        stage.dropping('shuffledPrompt', 'shuffledGroup'),
      ),
    ),
  )
}

/**
 * Asks the questions of a batch and rewards what is answered, process by process; with T-GRPO's control, where an arm has one, of which
 * nothing is left but the reward.
 */
export const rewarded = (job: Job, rewarding: Rewarding): Stage<Questions, Rewarded> =>
  rewarding.temporal === undefined ? plainly(job, rewarding) : withControl(job, rewarding, rewarding.temporal)
