import { getHeapStatistics } from 'node:v8'
import { either as E } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import { addressSpaceLimit } from '../../media/index.ts'
import { requireMemory } from '../memory.ts'
import type { Finding } from './checks.ts'

/** V8's limit with `--max-old-space-size=64`: with 40, work of a few hundred records ends in V8's own words. */
const leastHeap = 112 * 2 ** 20

/**
 * `Left('NoMemory')` when Node was started with a JavaScript heap so small that a command would sooner or later end in V8's own words and
 * without a result.
 */
export const enoughHeap = (limit = getHeapStatistics().heap_size_limit): E.Either<Fault<'NoMemory'>, void> =>
  requireMemory({ heap: leastHeap, addresses: 0 }, { heap: limit, addresses: Number.POSITIVE_INFINITY })

/** Below this TensorFlow's and FFmpeg's libraries do not both find a place. */
const ampleAddresses = 4e9

/** What limits memory that the main job wants; nothing is said where nothing does. */
export const memoryFindings = (limit = addressSpaceLimit(), heap = enoughHeap()): readonly Finding[] => [
  ...(E.isLeft(heap)
    ? [{ name: 'memory', state: 'missing', says: heap.left.cause, todo: heap.left.remedy } as const]
    : []),
  ...(limit !== undefined && limit < ampleAddresses
    ? [
        {
          name: 'memory',
          state: 'slow',
          says: `${(limit / 1e9).toFixed(1)} GB of address space (ulimit -v): too little for native tensors and video together`,
          todo: 'ulimit -v unlimited; or KINOGRAD_NATIVE=off NODE_OPTIONS=--disable-wasm-trap-handler, which does with 2 GB.',
        } as const,
      ]
    : []),
]
