export type { Ablation } from './ablation.ts'
export { ablations } from './ablation.ts'
export type { AccuracyOptions, Question, RewardFault } from './accuracy.ts'
export { accuracy, problemType } from './accuracy.ts'
export type { ComposeFault, ComposeOptions, ProcessMeasured, ProcessReward, Rewards } from './compose.ts'
export { composeRewards } from './compose.ts'
export type { DynamicLength, DynamicLengthOptions, LengthHistory } from './dynamic-length.ts'
export { dynamicLength } from './dynamic-length.ts'
export { formatRewards } from './format.ts'
export type { LengthOptions, LengthReward, Measured, TokenRange } from './length.ts'
export { lengthReward, noLength, videoR1Length } from './length.ts'
export { optionLetter } from './letter/reward.ts'
export type { NamedScore, RewardFunction } from './reward-function.ts'
export { runRewards, sumScores } from './reward-function.ts'
export { rouge } from './rouge.ts'
export type { TemporalOptions } from './temporal.ts'
export { temporalReward } from './temporal.ts'
export type { EvaluatedType } from './video-r1.ts'
export {
  answerText,
  meanRelativeAccuracy,
  taggedAnswer,
  videoR1Accuracy,
  videoR1Evaluation,
  videoR1Format,
} from './video-r1.ts'
export { wordErrorRate } from './wer.ts'
export type { WrittenNumber } from './written-number.ts'
export { writtenNumber } from './written-number.ts'
