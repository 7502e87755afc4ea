import { either as E } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import { full } from '../faults.ts'
import { queueName } from '../names.ts'
import type { Address, Heard, Kind, TransportLimits } from '../transport.ts'
import { type MemoryQueue, memoryQueue } from './memory-queue.ts'

/** What a run has in this process. */
export interface MemoryRoom {
  readonly queues: Map<string, MemoryQueue>
  readonly results: Map<string, string>
  readonly dead: Map<string, string>
  readonly blobs: Map<string, Uint8Array>
  readonly listeners: Set<(result: Heard) => void>
}

/** A run that has nothing yet. */
export const memoryRoom = (): MemoryRoom => ({
  ...{ queues: new Map(), results: new Map(), dead: new Map(), blobs: new Map(), listeners: new Set() },
})

/** Where a result or a dead letter lies. */
export const placeOf = (address: Address): string => `${queueName(address)}.${address.key}`

/** Puts a task into its queue. Left: `Full`. */
export const addTask = (
  { queues }: MemoryRoom,
  to: Address,
  body: string,
  { waitMs, waiting }: Required<TransportLimits>,
): E.Either<Fault, 'published' | 'known'> => {
  const all = [...queues.values()].reduce((sum, queue) => sum + queue.size(), 0)
  if (all >= waiting) return E.left(full(to.run, waiting))
  const queue = queues.get(queueName(to)) ?? memoryQueue(0, waitMs)
  queues.set(queueName(to), queue)
  return E.right(queue.add(to.key, body) ? 'published' : 'known')
}

/** Keeps a result or a dead letter, the first of its key, and tells of results. */
export const kept = (
  { results, dead, listeners }: MemoryRoom,
  kind: Exclude<Kind, 'task'>,
  to: Address,
  body: string,
): 'published' | 'known' => {
  const all = kind === 'result' ? results : dead
  if (all.has(placeOf(to))) return 'known'
  all.set(placeOf(to), body)
  if (kind === 'result') for (const listener of listeners) queueMicrotask(() => listener({ key: to.key, body }))
  return 'published'
}
