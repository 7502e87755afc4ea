import type { Metrics } from 'kinograd/advantage'
import type { RolloutRow } from 'kinograd/run'
import type { Learned } from './pipeline.ts'

type LearnedGroup = Learned['groups'][number]
type Rollout = LearnedGroup['rollouts'][number]

/** The numbers of one update for metrics.jsonl: the step's, the loss's, the rewards'. */
export const metricValues = ({ update }: Learned, rewards: Metrics): Readonly<Record<string, number>> => ({
  loss: update.loss,
  grad_norm: update.gradientNorm,
  ...update.metrics,
  ...rewards,
})

/** A completion in the pieces that the template found, each with its process; none where the output is malformed. */
const segmentsOf = ({ processes: { perception, reasoning } }: Rollout): NonNullable<RolloutRow['segments']> =>
  [
    { process: 'perception', text: perception?.observation ?? '' },
    { process: 'reasoning', text: reasoning?.think ?? '' },
    { process: 'reasoning', text: reasoning?.answer ?? '' },
  ].filter(({ text }) => text !== '')

/** The first completion of a group as a line of rollouts.jsonl; none where the group is empty. */
export const rolloutRows = (
  phase: string,
  step: number,
  { record, rollouts, rewards, normalised }: LearnedGroup,
): readonly RolloutRow[] =>
  rollouts.slice(0, 1).map(rollout => ({
    phase,
    step,
    id: record.id,
    problem: record.problem,
    problemType: record.problemType,
    answer: record.answer,
    completion: rollout.text,
    rewards: {
      perception: rewards.raw.rewards.perception[0] ?? null,
      reasoning: rewards.raw.rewards.reasoning[0] ?? null,
    },
    advantages: {
      perception: normalised.advantages.perception[0] ?? 0,
      reasoning: normalised.advantages.reasoning[0] ?? 0,
    },
    segments: segmentsOf(rollout),
  }))
