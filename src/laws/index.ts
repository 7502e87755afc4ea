export type { AsyncNormaliser } from './advantage-laws.ts'
export { advantageLaws, asyncAdvantageLaws, paGrpoLaws } from './advantage-laws.ts'
export type { Assigner } from './assignment-laws.ts'
export { assignmentLaws } from './assignment-laws.ts'
export type { BrokenLaw } from './broken.ts'
export { brokenLawText } from './broken.ts'
export type { LawVerdict } from './broken-laws.ts'
export { brokenAsyncLaws, brokenLaws } from './broken-laws.ts'
export type { ExactCase, ExactCaseGroup } from './exact-cases.ts'
export { exactCases } from './exact-cases.ts'
export type { FlowRoom } from './flow/index.ts'
export { flowLaws, flowLawsOf } from './flow/index.ts'
export { rawGroup } from './groups.ts'
export type { Intake } from './intake-laws.ts'
export { intakeLaws } from './intake-laws.ts'
export type { Answered, Law, LawWords, Trial, When } from './law.ts'
export { asyncLaw, law } from './law.ts'
export type { Takes, TokenBatch } from './loss/batches.ts'
export type { LossDefinition } from './loss/definition.ts'
export type { LossPromises } from './objective-laws.ts'
export { objectiveLaws } from './objective-laws.ts'
export {
  type Family,
  type FamilyPromises,
  families,
  type Habits,
  type Promises,
  paGrpoPromises,
  type RewardDomain,
} from './promises.ts'
export type { RewardPromises } from './reward-laws.ts'
export { rewardLaws } from './reward-laws.ts'
export type { SubprocessNormaliser } from './subprocess/normaliser.ts'
export { subprocessNormaliser } from './subprocess/normaliser.ts'
export type { ProgramOptions } from './subprocess/program.ts'
export type { TemplateSubject } from './template-laws.ts'
export { templateLaws } from './template-laws.ts'
export type { Spreader } from './token-laws.ts'
export { tokenLaws } from './token-laws.ts'
