import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { grpo, type Normaliser, paGrpo, rewardMetrics, sum } from 'kinograd/advantage'
import type { VideoRecord } from 'kinograd/dataset'
import type { Engine } from 'kinograd/engine'
import { constant } from 'kinograd/engine/tfjs'
import type { Fault } from 'kinograd/flow'
import { type ArmSummary, consume } from 'kinograd/run'
import type { Judge } from 'kinograd/teacher'
import { grades, summarise } from './evaluation.ts'
import { freeing, type Job, logFailure, progress, recordsOf } from './job.ts'
import { epochs, first } from './order.ts'
import { type Learned, reinforce } from './pipeline.ts'
import { engineFrom, rlOptimiser } from './policy.ts'

/** The three arms of reinforcement: their normalisers are all that differs. */
export const arms = {
  grpo: { title: 'GRPO', normaliser: grpo({ reward: 'reasoning' }) },
  sum: { title: 'sum', normaliser: sum() },
  paGrpo: { title: 'PA-GRPO', normaliser: paGrpo() },
} as const satisfies Record<string, { title: string; normaliser: Normaliser<'perception' | 'reasoning'> }>
export type Arm = keyof typeof arms

export interface ArmOptions {
  readonly arm: Arm
  /** What the phase is called. */
  readonly title: string
  readonly rate: number
  readonly rlSeed: number
  readonly updates: number
  readonly judge: Judge
  /** Split for evaluations on the way. */
  readonly watch: string
}

/** Reinforcement of one arm from the SFT checkpoint, saved into `checkpoint`. */
export const trainArm = (
  job: Job,
  from: string,
  checkpoint: string,
  { arm, title, rate, rlSeed, updates, judge, watch }: ArmOptions,
): TE.TaskEither<Fault, ArmSummary> => {
  const { normaliser } = arms[arm]
  const { prompts, completions, every } = job.preset.rl
  const curve: ArmSummary['curve'] = []
  const rewardMean: ArmSummary['rewardMean'] = []
  const equal: number[] = []
  const equalBy: NonNullable<ArmSummary['equalRewardGroupsByProcess']> = []
  let tokens = 0
  let watching = 0
  const train = (engine: Engine, records: readonly VideoRecord[]): TE.TaskEither<Fault, ArmSummary> => {
    const look =
      (update: number): TE.TaskEither<Fault, void> =>
      async () => {
        const before = performance.now()
        const seen = await grades(job, engine, { phase: title, file: watch, temperature: 0, seed: job.seed })()
        watching += performance.now() - before
        if (E.isLeft(seen)) return seen
        const { accuracy, perceptionSufficiency, faithfulness } = summarise(seen.right)
        curve.push({ update, accuracy, perceptionSufficiency, faithfulness })
        return E.right(undefined)
      }
    const start = performance.now()
    return F.pipe(
      look(0),
      TE.flatMap(() =>
        consume(
          reinforce(job.world, engine, first(epochs(records, rlSeed), updates * prompts), {
            prompts,
            sampling: update => ({
              count: completions,
              maxTokens: 72,
              temperature: 1,
              stop: [job.world.tokenizer.eos],
              seed: rlSeed * 1_000_003 + update,
            }),
            judge,
            normaliser,
            rate: constant(rate, { warmup: 5 }),
            after: step => ((step + 1) % every === 0 || step + 1 === updates ? look(step + 1) : TE.right(undefined)),
          }),
          {
            item: ({ update, groups, tokens: sampled }) => {
              tokens += sampled
              const raw = groups.map(({ rewards }) => rewards.raw)
              const metrics = rewardMetrics(raw)
              rewardMean.push({
                perception: metrics['rewards/perception/mean'] ?? 0,
                reasoning: metrics['rewards/reasoning/mean'] ?? 0,
              })
              const by = {
                perception: metrics['frac_reward_zero_std/perception'] ?? 0,
                reasoning: metrics['frac_reward_zero_std/reasoning'] ?? 0,
              }
              equalBy.push(by)
              equal.push(
                arm === 'grpo'
                  ? by.reasoning
                  : (metrics[arm === 'sum' ? 'frac_reward_zero_std' : 'frac_reward_zero_std/pa_grpo'] ?? 0),
              )
              progress(job, title, update.step + 1, updates, `reward ${(metrics.reward ?? 0).toFixed(2)}`)
              return F.pipe(
                job.run.metrics({
                  phase: title,
                  step: update.step,
                  values: { loss: update.loss, grad_norm: update.gradientNorm, ...update.metrics, ...metrics },
                }),
                TE.flatMap(() =>
                  job.run.rollouts(groups.slice(0, 1).map(group => rolloutRow(title, update.step, group))),
                ),
              )()
            },
            failed: logFailure(job, title),
          },
          job.signal,
        ),
      ),
      TE.flatMap(() => engine.save(checkpoint)),
      TE.map(() => {
        const seconds = (performance.now() - start - watching) / 1000
        return {
          updates: rewardMean.length,
          learningRate: rate,
          secondsPerUpdate: seconds / Math.max(1, rewardMean.length),
          tokensPerSecond: tokens / seconds,
          rewardMean,
          equalRewardGroups: equal,
          equalRewardGroupsByProcess: equalBy,
          curve,
        }
      }),
    )
  }
  return F.pipe(
    recordsOf(job, title, job.records['train-rl']),
    TE.bindTo('records'),
    TE.bind('engine', () => engineFrom(job.config, job.seed, rlOptimiser, from)),
    TE.flatMap(({ records, engine }) => freeing(engine)(train(engine, records))),
  )
}

type LearnedGroup = Learned['groups'][number]

/** The first completion of a group as a line of rollouts.jsonl. */
const rolloutRow = (phase: string, step: number, { record, rollouts, rewards, normalised }: LearnedGroup) => ({
  phase,
  step,
  id: record.id,
  problem: record.problem,
  problemType: record.problemType,
  answer: record.answer,
  completion: rollouts[0]?.text ?? '',
  rewards: {
    perception: rewards.raw.rewards.perception[0] ?? null,
    reasoning: rewards.raw.rewards.reasoning[0] ?? null,
  },
  advantages: {
    perception: normalised.advantages.perception[0] ?? 0,
    reasoning: normalised.advantages.reasoning[0] ?? 0,
  },
  segments: [
    { process: 'perception', text: rollouts[0]?.processes.perception?.observation ?? '' },
    { process: 'reasoning', text: rollouts[0]?.processes.reasoning?.think ?? '' },
    { process: 'reasoning', text: rollouts[0]?.processes.reasoning?.answer ?? '' },
  ].filter(({ text }) => text !== ''),
})
