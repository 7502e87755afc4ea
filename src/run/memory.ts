import { getHeapStatistics } from 'node:v8'
import { either as E } from 'fp-ts'
import { type Fault, fault } from '../flow/index.ts'

/** V8's limit with `--max-old-space-size=64`: the main job's first phases end the process with 40, and not with 64. */
const leastHeap = 112 * 2 ** 20

/**
 * `Left('NoMemory')` when Node was started with a JavaScript heap so small that work would sooner or later end in V8's own words and
 * without a result (`--max-old-space-size`). Ask before the work begins. Tensors are kept outside of that heap.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { enoughHeap } from 'kinograd/run'
 *
 * assert(E.isRight(enoughHeap()))
 * assert(E.isLeft(enoughHeap(88 * 2 ** 20)))
 * ```
 */
export const enoughHeap = (limit = getHeapStatistics().heap_size_limit): E.Either<Fault<'NoMemory'>, number> => {
  const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0)
  // Bun's heap has no such limit, whatever it says there.
  return limit >= leastHeap || 'bun' in process.versions
    ? E.right(limit)
    : E.left(
        fault(
          'NoMemory',
          `the JavaScript heap may grow to ${megabytes(limit)} MB, ${megabytes(leastHeap)} MB are needed`,
          'Start Node with more, or leave --max-old-space-size away (also in NODE_OPTIONS).',
        ),
      )
}
