export type { Annotation, ChainTags, Teachers } from './annotation.ts'
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
