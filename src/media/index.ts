export type { Clip, Frames, Patches } from './types.ts'
