import { getHeapStatistics } from 'node:v8'
import { either as E } from 'fp-ts'
import { type Fault, fault } from '../flow/index.ts'
import { addressSpaceLimit } from '../media/index.ts'

/** What a process may take, in bytes; no number where there is no limit. */
export interface MemoryLimits {
  readonly heap: number
  readonly addresses: number
}

/** The limits of this process: V8's heap, and the address space where the system says (`ulimit -v` on Linux). */
const memoryLimits = (): MemoryLimits => ({
  heap: getHeapStatistics().heap_size_limit,
  addresses: addressSpaceLimit() ?? Number.POSITIVE_INFINITY,
})

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`

/**
 * Refuses with `NoMemory`, naming both numbers, where a process may not take what its work needs: to be asked before the work, as V8 ends
 * a process that runs out of memory with a dump of its own.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { requireMemory } from 'kinograd/run'
 *
 * const refused = requireMemory({ heap: 200e6, addresses: 0 }, { heap: 40e6, addresses: Number.POSITIVE_INFINITY })
 * assert(E.isLeft(refused) && refused.left._tag === 'NoMemory')
 * ```
 */
export const requireMemory = (
  needed: MemoryLimits,
  limits: MemoryLimits = memoryLimits(),
): E.Either<Fault<'NoMemory'>, void> => {
  // Bun's heap has no such limit, whatever it says there.
  if (limits.heap < needed.heap && !('bun' in process.versions))
    return E.left(
      fault(
        'NoMemory',
        `the JavaScript heap may grow to ${megabytes(limits.heap)}, ${megabytes(needed.heap)} are needed`,
        'Start Node with more, or leave --max-old-space-size away (also in NODE_OPTIONS).',
      ),
    )
  return limits.addresses < needed.addresses
    ? E.left(
        fault(
          'NoMemory',
          `this process may use ${megabytes(limits.addresses)} of addresses and ${megabytes(needed.addresses)} are needed`,
          'Raise the limit with ulimit -v unlimited.',
        ),
      )
    : E.right(undefined)
}
