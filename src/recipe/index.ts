export type { PickOptions } from '../evaluation/index.ts'
export {
  type Estimated95,
  openSpending,
  type Spending,
  type SpendingJournal,
  together,
  wilson,
} from '../evaluation/index.ts'
export type { LookOptions } from '../stages/index.ts'
export { readPrices, readPrompt } from '../teacher/index.ts'
export {
  type Annotated,
  type AnnotateRecordsOptions,
  annotateRecords,
} from './annotate/annotate-records.ts'
export { type AskInBatchesOptions, askInBatches, type InBatches } from './annotate/batches/batched.ts'
export { annotationPrompt, type ChainOptions } from './annotate/chains.ts'
export { type Estimated, type EstimatedOptions, estimateAnnotation } from './annotate/estimated.ts'
export { type AnnotationFiles, annotationFiles } from './annotate/files.ts'
export { writeReleased } from './annotate/released.ts'
export { retentionTable, stepsTable } from './annotate/retention.ts'
export { type AnnotationSession, openAnnotation, type SessionOptions } from './annotate/session.ts'
export type { AnnotationTally, Steps } from './annotate/tally.ts'
export {
  checkTeachers,
  type NamedTeachers,
  type OpenedTeachers,
  openTeachers,
  pricedName,
} from './annotate/teachers.ts'
export type { Annotation, ChainTags, Teachers } from './annotation.ts'
export type { Mistake } from './config/codec/mistake.ts'
export type { Read, Setting } from './config/codec/setting.ts'
export type { Place } from './config/compile/place.ts'
export type { Compiled, CompileFault } from './config/compile/recipe.ts'
export type { Surveyed } from './config/disk/survey.ts'
export { type ConfigFault, isConfigFault } from './config/fault.ts'
export { forms } from './config/forms.ts'
export { type LoadedConfig, loadConfig, recipeOfConfig } from './config/load.ts'
export { type ConfigPlan, type PlannedPhase, planConfig, planLines } from './config/plan/plan.ts'
export { roomForConfig } from './config/plan/room.ts'
export { type Mistakes, type ReadConfig, readConfigText } from './config/read.ts'
export { readSettings, readSettingsFile } from './config/read-settings.ts'
export { type RunSettings, settingNames } from './config/settings/run-settings.ts'
export { type Override, readOverride } from './config/text/overrides.ts'
export { type ConfigWork, type WorkOptions, workOfConfig } from './config/work.ts'
export type { FineTuning } from './fine-tuning.ts'
export type { Completions, Evaluation, GradedAnswer, Grader, Grading } from './grading.ts'
export type { Groundwork } from './groundwork.ts'
export {
  type Agreeing,
  type Agreement,
  type BetweenJudges,
  openAgreement,
  type WithHuman,
} from './judging/agreement.ts'
export { agreementTables } from './judging/agreement-tables.ts'
export type { Judgement } from './judging/judgement.ts'
export { type Crossed, cohenKappa, fleissKappa } from './judging/kappa.ts'
export { labellingPage } from './judging/page.ts'
export type { PageJudgement } from './judging/page-data.ts'
export { pageJudgements } from './judging/page-judgements.ts'
export { readJudgements } from './judging/read-judgements.ts'
export { type Drawing, openDrawing, openStratified } from './judging/sampled.ts'
export { type JudgementForm, judgementSchema, preferStructured } from './judging/structured.ts'
export { workerStages } from './lifted-chains.ts'
export type { ModuleParts, ModuleRequest, RecipeModule } from './module.ts'
export { performRecipe, type RecipeOpening } from './open-recipe.ts'
export type { OpenedRecipe } from './opened.ts'
export { namesOf, type PolicyNames } from './page/names.ts'
export { policyTable } from './page/table.ts'
export { planOf } from './plan.ts'
export type { Purpose, RecipePolicy } from './policy.ts'
export type { Recipe, RecipeMedia } from './recipe.ts'
export type { Arm, Reinforcement, TemporalControl } from './reinforcement.ts'
export { runRecipe } from './run-recipe.ts'
export { sameRollouts } from './same-rollouts.ts'
export type { RecipeSource } from './source.ts'
export { type Split, splitOf } from './split.ts'
export { startBackend } from './start-backend.ts'
export {
  type ArmRunSummary,
  type ArmSummary,
  armSummary,
  type PolicySummary,
  policySummary,
  type RunSummary,
  runSummary,
} from './summary.ts'
export type { Workers } from './workers.ts'
