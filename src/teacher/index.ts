export { type AnnotatorOptions, annotator } from './annotator.ts'
export type { Asked, AskingAll, Told } from './batches/asked.ts'
export { type Batches, claudeBatches, type UnderWay } from './batches/claude-batches.ts'
export type { BatchOptions } from './batches/options.ts'
export { cachedAnswers, questionKey } from './cached.ts'
export type { Patience } from './checked.ts'
export { claude } from './claude.ts'
export type { ClaudeOptions } from './claude-request.ts'
export { claudeTokens } from './estimate/claude-tokens.ts'
export {
  type Estimate,
  type EstimateOptions,
  estimate,
  type Planned,
} from './estimate/estimate.ts'
export { anthropicLimits, type ServerLimits } from './estimate/limits.ts'
export { estimateText } from './estimate/text.ts'
export { imageTokens, questionTokens, textTokens } from './estimate/tokens.ts'
export { isLasting } from './fault.ts'
export { jpegFrames } from './jpeg.ts'
export { type JudgeOptions, type JudgeRequest, judge } from './judge.ts'
export { type KeptAnswers, keptAnswers } from './kept.ts'
export { limited } from './limited.ts'
export { type MeterOptions, metered } from './metered.ts'
export {
  annotatorNamed,
  claudeNamed,
  judgeNamed,
  type NamedOptions,
  type NamedRoleOptions,
  readTeacherName,
  type TeacherName,
  teacherNamed,
} from './named.ts'
export { type OpenAiCompatibleOptions, openAiCompatible } from './openai.ts'
export { readPrices } from './price-file.ts'
export { halfOf, listedPrices, type Price, type PriceList, priceOf } from './prices.ts'
export { readPrompt } from './prompt-file.ts'
export { judgementOf, judgementScore, type OnFault } from './score.ts'
export { costOf, type Spent } from './spent.ts'
export type { Annotator, Answer, Judge, Judged, Question, Teacher, TeacherFault, Usage } from './types.ts'
export { vote } from './vote.ts'
