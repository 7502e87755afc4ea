export { type Adherence, adherenceIn, type HasAdherence, templateAdherence } from './diagnostics/adherence.ts'
export { answeringReader } from './diagnostics/answering-reader.ts'
export {
  type Answers,
  type Condition,
  conditions,
  type ExaminationOptions,
  type Examined,
  examine,
  type Shown,
} from './diagnostics/examination.ts'
export { type Faithful, faithfulIn, faithfulness, type HasFaithful } from './diagnostics/faithfulness.ts'
export {
  type HasMismatch,
  type Mismatch,
  type MismatchOptions,
  mismatchIn,
  thinkAnswerMismatch,
} from './diagnostics/mismatch.ts'
export { type HasExamined, type PerceptionOptions, perceptionExamination } from './diagnostics/perception.ts'
export { extractingReader, ruleReader, type TextReader } from './diagnostics/text-reader.ts'
export { type EvaluateOptions, evaluate, type Scorer } from './evaluate.ts'
export { type Estimated95, normal95, wilson } from './intervals.ts'
export type { HasOutput, HasScore } from './items.ts'
export { rightLetters } from './letters.ts'
export { drawn, type Picked, type Picking, type PickOptions, pickRecords } from './pick.ts'
export { type EnginePolicyOptions, enginePolicy } from './policies/engine-policy.ts'
export type { EvaluatedPolicy, PolicyQuestion } from './policies/policy.ts'
export { scriptedPolicy } from './policies/scripted-policy.ts'
export { teacherPolicy } from './policies/teacher-policy.ts'
export { examinationPrompt, videoP2RPrompt, videoR1Prompt } from './prompts.ts'
export { type AnswerReading, readings, type Score, type ScoreOutputOptions, scoreOutput } from './score.ts'
export { type OutputParts, outputParts } from './segments.ts'
export { type Share, type ShareOptions, shareOf } from './share.ts'
export type { WatchOptions } from './watching.ts'
