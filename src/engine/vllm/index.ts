export type { VllmEngine } from './engine.ts'
export { vllmEngine } from './engine.ts'
export type { VllmOptions } from './options.ts'
