import type { ArmSummary } from 'kinograd/recipe'
import type { Videop2rSummary } from '../../examples/videop2r/summary.ts'

const policy = (accuracy: number): Videop2rSummary['policies']['sft'] => ({
  accuracy,
  accuracyByType: { 'multiple choice': accuracy, numerical: accuracy / 2 },
  perceptionSufficiency: 0.5,
  faithfulness: 0.7,
  formatRate: 0.99,
  thinkAnswerMismatch: 0.01,
  evaluated: 600,
})

const arm = (accuracy: number): ArmSummary => ({
  updates: 4,
  secondsPerUpdate: 0.5,
  tokensPerSecond: 3000,
  rewardMean: [1, 1.2, 1.4, 1.5].map(reward => ({ perception: reward, reasoning: reward + 0.1 })),
  equalRewardGroups: [0.5, 0.4, 0.3, 0.2],
  curve: [0, 2, 4].map(update => ({ update, accuracy, perceptionSufficiency: 0.4, faithfulness: 0.6 })),
})

const kept = { annotated: 100, verified: 80, sufficient: 40 }

/** A small but whole summary, made up. */
export const exampleSummary: Videop2rSummary = {
  seed: 1,
  preset: 'quick',
  backend: 'wasm',
  decoder: 'node-av',
  teacher: 'scripted',
  judge: 'rules',
  seconds: { world: 3, sft: 60, total: 63 },
  retention: { ...kept, byType: { numerical: kept } },
  policies: { base: policy(0.1), sft: policy(0.2), grpo: policy(0.3), sum: policy(0.56), paGrpo: policy(0.57) },
  runs: { grpo: arm(0.3), sum: arm(0.56), paGrpo: arm(0.57) },
}
