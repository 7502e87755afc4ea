export type { Rejection } from './cot.ts'
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
  Rollout,
} from './items.ts'
export { recordId } from './items.ts'
export type { MediaOptions } from './media.ts'
export { decode, sampleFrames, toPrompt } from './media.ts'
export { fromRecords } from './read.ts'
export type { ProcessAccuracy } from './reward.ts'
export { advantage, answerReward, score, sufficiencyReward } from './reward.ts'
export type { Pieces } from './rollout.ts'
export { readRollouts, rollout } from './rollout.ts'
export type { HasUpdate, Update } from './update.ts'
export { policyUpdate, sftUpdate } from './update.ts'
