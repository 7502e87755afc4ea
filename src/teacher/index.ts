export { annotator } from './annotator.ts'
export { cachedAnswers, questionKey } from './cached.ts'
export type { Patience } from './checked.ts'
export { type ClaudeOptions, claude } from './claude.ts'
export { isLasting } from './fault.ts'
export { jpegFrames } from './jpeg.ts'
export { type JudgeOptions, type JudgeRequest, judge } from './judge.ts'
export { limited } from './limited.ts'
export { costOf, type MeterOptions, metered, type Spent } from './metered.ts'
export {
  annotatorNamed,
  judgeNamed,
  type NamedOptions,
  type NamedRoleOptions,
  readTeacherName,
  type TeacherName,
  teacherNamed,
} from './named.ts'
export { type OpenAiCompatibleOptions, openAiCompatible } from './openai.ts'
export { listedPrices, type Price, type PriceList, priceOf } from './prices.ts'
export { judgementOf, judgementScore, type OnFault } from './score.ts'
export type { Annotator, Answer, Judge, Judged, Question, Teacher, TeacherFault, Usage } from './types.ts'
