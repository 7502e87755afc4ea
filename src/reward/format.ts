import { either as E } from 'fp-ts'
import type { Template } from '../process/index.ts'
import { parseProcesses } from '../process/index.ts'

/**
 * The format reward of each process (VideoP2R, arXiv 2511.11113, section 3.2): 1 where its segments stand once each, well closed, in
 * order and in their place, else 0. One process can have it where another has not; see `parseProcesses`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { videoP2R } from 'kinograd/process'
 * import { formatRewards } from 'kinograd/reward'
 *
 * const format = formatRewards(videoP2R)
 * assert.deepEqual(format('<observation>a ball</observation>'), { perception: 1, reasoning: 0 })
 * ```
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { videoP2R } from 'kinograd/process'
 * import { formatRewards } from 'kinograd/reward'
 *
 * const format = formatRewards(videoP2R)
 * assert.deepEqual(format('<observation>a ball</observation>'), { perception: 1, reasoning: 0 })
 * ```
 */
export const formatRewards =
  <K extends string, T extends string>(template: Template<K, T>) =>
  (text: string): Readonly<Record<K, 0 | 1>> => {
    const read = parseProcesses(template, text)
    return Object.fromEntries(template.processes.map(k => [k, E.isRight(read[k]) ? 1 : 0])) as Record<K, 0 | 1>
  }
