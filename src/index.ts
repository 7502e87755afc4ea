/**
 * What a first pipeline needs, under one name; docs/guide.md uses it from beginning to end. Everything else is in the rooms:
 * `kinograd/flow`, `kinograd/advantage`, `kinograd/process`, `kinograd/dataset`, `kinograd/media`, `kinograd/reward`,
 * `kinograd/teacher`, `kinograd/engine`, `kinograd/engine/tfjs`, `kinograd/stages`, `kinograd/run`, `kinograd/recipe` and
 * `kinograd/laws`. TensorFlow.js is loaded by `loadPolicy` when it is called; `tfjsEngine` and `tinyPolicy` are in `kinograd/engine/tfjs`,
 * which loads it at once.
 */
export type { LossOptions, Normalised, Normaliser, Objective, Preset, Raw } from './advantage/index.ts'
export {
  drGrpo,
  gdpo,
  grpo,
  paGrpo,
  policyLoss,
  presets,
  rloo,
  sftLoss,
  sum,
  tokenAdvantages,
} from './advantage/index.ts'
export type { CotRecord, RecordCodec, Records, VideoRecord } from './dataset/index.ts'
export { readCot, readRecords, readWith, videoRecord, writeRecords } from './dataset/index.ts'
export type { Completion, Engine, Preprocessor, Prompt, Sampling, Tokenizer } from './engine/index.ts'
export { checkpoints, loadPreprocessor, loadTokenizer, promptOf, qwenPrompt } from './engine/index.ts'
export type { Batch, Fault, Item, Stage, StageError } from './flow/index.ts'
export {
  batch,
  describe,
  each,
  fault,
  gate,
  items,
  iterate,
  mermaid,
  orThrow,
  pipeline,
  report,
  stage,
  timeout,
  tolerate,
  unbatch,
  within,
} from './flow/index.ts'
export type { LoadedPolicy, PolicyOptions } from './load-policy.ts'
export { loadPolicy } from './load-policy.ts'
export type { Clip, Decoder, FrameSampling, Frames } from './media/index.ts'
export { adaptive, atTimes, encodeVideo, findDecoder, fps, nodeAv, uniform } from './media/index.ts'
export type { ProcessTexts, Template } from './process/index.ts'
export { generationPrompt, questionText, template, videoP2R, videoP2RGuide } from './process/index.ts'
export type { Rewards } from './reward/index.ts'
export { accuracy, composeRewards, lengthReward, noLength, taggedAnswer } from './reward/index.ts'
export type {
  HasAdvantages,
  HasChain,
  HasClip,
  HasFrames,
  HasGrade,
  HasGroup,
  HasProgress,
  HasPrompt,
  HasRecord,
  HasRewards,
  HasRollouts,
  HasTarget,
  HasUpdate,
  HasVerified,
  ProcessAccuracy,
  Rollout,
} from './stages/index.ts'
export {
  advantage,
  annotate,
  answerReward,
  decode,
  fromRecords,
  grade,
  judgeSufficiency,
  policyUpdate,
  readRollouts,
  recordId,
  rollout,
  sampleFrames,
  score,
  sftUpdate,
  sufficiencyReward,
  toCotRecord,
  toPrompt,
  toTarget,
  train,
  verify,
} from './stages/index.ts'
export type { Annotator, Judge, Teacher } from './teacher/index.ts'
