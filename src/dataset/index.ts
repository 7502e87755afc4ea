export type { ProblemType, VideoRecord } from './record.ts'
export { problemTypes } from './record.ts'
