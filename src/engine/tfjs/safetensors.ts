export type { StoredTensor } from './safetensors/file.ts'
export type { ReadOptions, SafetensorsFile } from './safetensors/read.ts'
export { readSafetensors } from './safetensors/read.ts'
export { writeSafetensors } from './safetensors/write.ts'
