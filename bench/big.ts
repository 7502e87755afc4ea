import { loadedRows } from './load.ts'
import { threeBillion } from './memory/case.ts'
import type { Bench } from './row.ts'

/**
 * `npm run bench -- big`: the same as `load` for the exact shape of Qwen2.5-VL-3B: 7.5 GB on the disk, at most 16 GB of memory, some
 * minutes. Nothing else should run.
 */
export const bench: Bench = async ({ peers }) => [...(await loadedRows(threeBillion, peers))]
