/**
 * What a first pipeline needs, under one name. Everything else is in the rooms: `kinograd/flow`, `kinograd/advantage`,
 * `kinograd/process`, `kinograd/dataset`, `kinograd/media`, `kinograd/reward`, `kinograd/teacher`, `kinograd/engine`,
 * `kinograd/engine/tfjs`, `kinograd/stages`, `kinograd/run` and `kinograd/laws`.
 */
export type { Normalised, Normaliser, Raw } from './advantage/index.ts'
export { drGrpo, gdpo, grpo, paGrpo, policyLoss, rloo, sftLoss, sum, tokenAdvantages } from './advantage/index.ts'
export type { CotRecord, VideoRecord } from './dataset/index.ts'
export { readCot, readRecords, writeRecords } from './dataset/index.ts'
export type { Engine, Prompt, Sampling, Tokenizer } from './engine/index.ts'
export { loadTokenizer } from './engine/index.ts'
export type { Fault, Item, Stage, StageError } from './flow/index.ts'
export {
  batch,
  describe,
  each,
  fault,
  gate,
  items,
  iterate,
  mermaid,
  pipeline,
  report,
  stage,
  unbatch,
  within,
} from './flow/index.ts'
export type { Clip, Decoder, Frames } from './media/index.ts'
export { findDecoder, uniform } from './media/index.ts'
export type { Template } from './process/index.ts'
export { template, videoP2R } from './process/index.ts'
export type { Rewards } from './reward/index.ts'
export { accuracy, composeRewards, lengthReward, noLength } from './reward/index.ts'
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
} from './stages/index.ts'
export {
  advantage,
  answerReward,
  decode,
  fromRecords,
  policyUpdate,
  readRollouts,
  rollout,
  sampleFrames,
  score,
  sftUpdate,
  sufficiencyReward,
  toPrompt,
} from './stages/index.ts'
export type { Annotator, Judge, Teacher } from './teacher/index.ts'
