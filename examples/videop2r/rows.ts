import type { Metrics } from 'kinograd/advantage'
import type { Learned } from './pipeline.ts'

/** The numbers of one update for metrics.jsonl: the step's, the loss's, the rewards'. */
export const metricValues = ({ update }: Learned, rewards: Metrics): Readonly<Record<string, number>> => ({
  loss: update.loss,
  grad_norm: update.gradientNorm,
  learning_rate: update.learningRate,
  ...update.metrics,
  ...rewards,
})
