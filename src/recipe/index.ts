export type { Annotation, ChainTags, Teachers } from './annotation.ts'
export type { Mistake } from './config/codec/mistake.ts'
export type { Place } from './config/compile/place.ts'
export type { Compiled, CompileFault } from './config/compile/recipe.ts'
export type { Surveyed } from './config/disk/survey.ts'
export { type ConfigFault, isConfigFault } from './config/fault.ts'
export { type LoadedConfig, loadConfig, recipeOfConfig } from './config/load.ts'
export { type ConfigPlan, type PlannedPhase, planConfig, planLines } from './config/plan/plan.ts'
export { type Mistakes, type ReadConfig, readConfigText } from './config/read.ts'
export { type RunSettings, settingNames } from './config/settings/run-settings.ts'
export { type Override, readOverride } from './config/text/overrides.ts'
export type { FineTuning } from './fine-tuning.ts'
export type { Completions, Evaluation, GradedAnswer, Grader, Grading } from './grading.ts'
export type { Groundwork } from './groundwork.ts'
export type { ModuleParts, ModuleRequest, RecipeModule } from './module.ts'
export { performRecipe, type RecipeOpening } from './open-recipe.ts'
export type { OpenedRecipe } from './opened.ts'
export { namesOf, type PolicyNames } from './page/names.ts'
export { policyTable } from './page/table.ts'
export { planOf } from './plan.ts'
export type { Purpose, RecipePolicy } from './policy.ts'
export type { Recipe, RecipeMedia } from './recipe.ts'
export type { Arm, Reinforcement } from './reinforcement.ts'
export { runRecipe } from './run-recipe.ts'
export { sameRollouts } from './same-rollouts.ts'
export { type Split, splitOf } from './split.ts'
export { startBackend } from './start-backend.ts'
export {
  type ArmSummary,
  armSummary,
  type PolicySummary,
  policySummary,
  type RunSummary,
  runSummary,
} from './summary.ts'
