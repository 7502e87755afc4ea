export type { Fault, StageError } from './fault.ts'
export { fault, report, stageError } from './fault.ts'
export type { Item, Stage } from './stage.ts'
