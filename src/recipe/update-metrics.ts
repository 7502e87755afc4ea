import type { Metrics } from '../advantage/index.ts'
import type { Learned } from './reinforce.ts'
import { sameRollouts } from './same-rollouts.ts'

/** The numbers of one update for metrics.jsonl: the step's, the loss's, the rewards', and what other normalisers make of them. */
export const updateMetrics = ({ update, groups }: Learned, rewards: Metrics): Readonly<Record<string, number>> => ({
  loss: update.loss,
  grad_norm: update.gradientNorm,
  learning_rate: update.learningRate,
  ...update.metrics,
  ...rewards,
  ...sameRollouts(groups.map(group => group.rewards.raw)),
})
