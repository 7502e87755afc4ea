export type { ProcessAccuracy, Verdict } from './accuracy.ts'
export { answerReward, sufficiencyReward } from './accuracy.ts'
export type { AnnotateOptions, CotTexts, Rejection, SufficiencyOptions } from './cot.ts'
export { annotate, judgeSufficiency, toCotRecord, verify } from './cot.ts'
export type { Grade, HasGrade } from './grade.ts'
export { grade } from './grade.ts'
export type {
  HasAdvantages,
  HasChain,
  HasClip,
  HasFrames,
  HasGroup,
  HasPrompt,
  HasRecord,
  HasRewards,
  HasRollouts,
  HasTarget,
  HasVerified,
  RecordOf,
  Rollout,
} from './items.ts'
export { recordId } from './items.ts'
export type { MediaOptions } from './media.ts'
export { decode, sampleFrames, toPrompt } from './media.ts'
export { fromRecords } from './read.ts'
export type { ScoreOptions } from './reward.ts'
export { advantage, score } from './reward.ts'
export type { Pieces } from './rollout.ts'
export { readRollouts, rollout } from './rollout.ts'
export { toTarget } from './target.ts'
export type { Every, HasProgress, Progress, Training } from './train.ts'
export { train } from './train.ts'
export type { HasUpdate, Update } from './update.ts'
export { policyUpdate, sftUpdate } from './update.ts'
