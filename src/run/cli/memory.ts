import { either as E } from 'fp-ts'
import { addressSpaceLimit } from '../../media/index.ts'
import { enoughHeap } from '../memory.ts'
import type { Finding } from './checks.ts'

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
