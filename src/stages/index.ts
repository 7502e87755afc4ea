export type { AccumulateOptions, Gradients } from './accumulate.ts'
export { accumulate } from './accumulate.ts'
export { policyGradients, sftGradients } from './accumulated-losses.ts'
export type { ProcessAccuracy, Verdict } from './accuracy.ts'
export { answerReward, sufficiencyReward } from './accuracy.ts'
export { continuePrompt } from './continue-prompt.ts'
export type { AnnotateOptions, CotTexts, Rejection, SufficiencyOptions } from './cot.ts'
export { annotate, judgeSufficiency, toCotRecord, verify } from './cot.ts'
export type { ExtraReward, ScoredGroup } from './extra.ts'
export { eachRollout } from './extra.ts'
export type { Grade, HasGrade } from './grade.ts'
export { grade } from './grade.ts'
export type {
  HasAdvantages,
  HasChain,
  HasClip,
  HasFrames,
  HasGroup,
  HasPassages,
  HasPrompt,
  HasRecord,
  HasRewards,
  HasRollouts,
  HasSheet,
  HasTarget,
  HasVerified,
  RecordOf,
  Rollout,
} from './items.ts'
export { recordId } from './items.ts'
export type { LookOptions } from './look.ts'
export { frameBytes, framesOf, look } from './look.ts'
export type { Learnable, LossInput } from './loss-batch.ts'
export type { DecodeOptions, MediaOptions } from './media.ts'
export { decode, sampleFrames, toPrompt } from './media.ts'
export type { FrameList, MediaRoot } from './open-medium.ts'
export type { PolicyObjectiveOptions, PolicyUpdateOptions } from './policy-update.ts'
export { policyUpdate } from './policy-update.ts'
export { fromRecords } from './read.ts'
export { type RetrieveOptions, retrieve } from './retrieve.ts'
export type { ScoreOptions } from './reward.ts'
export { advantage, score } from './reward.ts'
export type { Pieces, RolloutOptions } from './rollout.ts'
export { readRollout, readRollouts, rollout } from './rollout.ts'
export { sftUpdate } from './sft-update.ts'
export { toSheet } from './sheet.ts'
export type { HasUpdate, Update } from './step.ts'
export { toTarget } from './target.ts'
export type { HasShuffledGroup, HasShuffledPrompt } from './temporal.ts'
export { rolloutShuffled, temporal, toShuffledPrompt } from './temporal.ts'
export { type Passage, type TextIndex, textIndex } from './text-index.ts'
export type { Every, HasProgress, Progress, Training } from './train.ts'
export { train } from './train.ts'
