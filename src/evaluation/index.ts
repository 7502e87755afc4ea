export type { Benchmark, Labels } from './benchmarks/benchmark.ts'
export { benchmarkOf, benchmarks, type FormatOrBenchmark, formatOrBenchmark, labelsOf } from './benchmarks/registry.ts'
export { type BenchmarkScorerOptions, benchmarkScorer } from './benchmarks/scorer.ts'
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
export {
  type Faithful,
  faithfulness,
  faithfulOf,
  type HasFaithful,
  type ObservationAndAnswer,
} from './diagnostics/faithfulness.ts'
export {
  type HasMismatch,
  type Mismatch,
  type MismatchOptions,
  mismatchOf,
  type ThinkAndAnswer,
  thinkAnswerMismatch,
} from './diagnostics/mismatch.ts'
export { type HasExamined, type PerceptionOptions, perceptionExamination } from './diagnostics/perception.ts'
export { extractingReader, ruleReader, type TextReader } from './diagnostics/text-reader.ts'
export { type EvaluateOptions, evaluate, type Scorer } from './evaluate.ts'
export {
  type Evaluated,
  type EvaluateRecordsOptions,
  type EvaluationProgress,
  evaluateRecords,
} from './evaluate-records.ts'
export { type Estimated95, normal95, wilson } from './intervals.ts'
export type { HasOutput, HasScore } from './items.ts'
export { rightLetters } from './letters.ts'
export { drawn, type Picked, type Picking, type PickOptions, pickRecords } from './pick.ts'
export { type CheckpointPolicyOptions, type OpenedPolicy, openCheckpointPolicy } from './policies/checkpoint-policy.ts'
export { type EnginePolicyOptions, enginePolicy } from './policies/engine-policy.ts'
export { type OpenPolicyOptions, openPolicy, type PolicyName, readPolicyName } from './policies/open-policy.ts'
export type { EvaluatedPolicy, PolicyQuestion } from './policies/policy.ts'
export { scriptedPolicy } from './policies/scripted-policy.ts'
export { teacherPolicy } from './policies/teacher-policy.ts'
export { examinationPrompt, videoP2RPrompt, videoR1Prompt } from './prompts.ts'
export { type Compared, type CompareOptions, compareResults } from './results/compare.ts'
export { type FailedEntry, type ResultRead, resultEntry } from './results/entry.ts'
export { type EvaluationFiles, evaluationFiles } from './results/files.ts'
export type { Journal, JournalLine } from './results/journal.ts'
export { readOutputs, readResults, resultsFile } from './results/read-results.ts'
export { type EvaluationSession, type EvaluationSessionOptions, openEvaluation } from './results/session.ts'
export { writeResults } from './results/write-results.ts'
export { type AnswerReading, readings, type Score, type ScoreOutputOptions, scoreOutput } from './score.ts'
export type { MeanScore } from './scores/measured.ts'
export { mcnemarExact, type PairedDifference, pairedBootstrap } from './scores/paired.ts'
export { openScores, type Scored, type Scores, type ScoreTally } from './scores/tally.ts'
export { type OutputParts, outputParts } from './segments.ts'
export { type Share, type ShareOptions, shareOf } from './share.ts'
export { openSpending, type Spending, type SpendingJournal, together } from './spending.ts'
export type { WatchOptions } from './watching.ts'
