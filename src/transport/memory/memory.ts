import { either as E, taskEither as TE } from 'fp-ts'
import { fitting, runTaken } from '../faults.ts'
import { isOfStage, queueName, waitingFor } from '../names.ts'
import { type Delivery, type Queue, type Transport, type TransportLimits, usualLimits } from '../transport.ts'
import { memoryBlobs } from './memory-blobs.ts'
import { memoryQueue } from './memory-queue.ts'
import { addTask, kept, type MemoryRoom, memoryRoom, placeOf } from './memory-room.ts'

/** Milliseconds after which a worker looks whether its queue is there by now. */
const lookAgain = 20

/** The tasks of a queue, as soon as it is there. */
async function* consume(
  { queues }: MemoryRoom,
  queue: Queue,
  signal: AbortSignal,
  told: (words: string) => void,
): AsyncGenerator<Delivery> {
  for (let said = ''; !signal.aborted; ) {
    const delivery = await queues.get(queueName(queue))?.next(signal)
    if (delivery !== undefined) yield delivery
    if (signal.aborted || queues.has(queueName(queue))) continue
    const others = [...queues.keys()].filter(name => isOfStage(queue.stage, name))
    const words = waitingFor(queue, others)
    if (words !== said) told(words)
    said = words
    await new Promise(resolve => setTimeout(resolve, lookAgain))
  }
}

const open = ({ queues }: MemoryRoom, queue: Queue, inFlight: number, waitMs: number): void => {
  const name = queueName(queue)
  const there = queues.get(name) ?? memoryQueue(0, waitMs)
  queues.set(name, there)
  there.bound(inFlight)
  for (const [other, old] of queues) {
    if (other === name || !isOfStage(queue.stage, other)) continue
    queues.delete(other)
    old.end()
  }
}

/**
 * A transport inside this process, with the rules of the real one: bounds, work that comes back after `waitMs`, results that stay.
 * For tests, and for a pipeline that may run on one machine or on many. It holds all results and blobs until it is closed.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { inProcess } from 'kinograd/transport'
 *
 * const transport = inProcess({ waiting: 1 })
 * const to = { run: 'demo', stage: 'square', version: '1' }
 * await transport.open(to, 4)()
 * assert.deepEqual(await transport.publish('task', { ...to, key: 'a' }, '{}')(), E.right('published'))
 * assert.equal(E.isLeft(await transport.publish('task', { ...to, key: 'b' }, '{}')()), true)
 * ```
 */
export const inProcess = (limits: TransportLimits = {}): Transport => {
  const { waitMs, waiting } = { ...usualLimits, ...limits }
  const rooms = new Map<string, MemoryRoom>()
  const claimed = new Set<string>()
  const roomOf = (run: string): MemoryRoom => {
    const there = rooms.get(run) ?? memoryRoom()
    rooms.set(run, there)
    return there
  }
  return {
    name: 'this process',
    open: (queue, inFlight) => TE.fromIO(() => open(roomOf(queue.run), queue, inFlight, waitMs)),
    claim: run => async () => {
      if (claimed.has(run)) return E.left(runTaken(run, 'this process'))
      claimed.add(run)
      const release = async (): Promise<void> => void claimed.delete(run)
      return E.right({ lost: new Promise(() => {}), release })
    },
    publish: (kind, to, body) => async () => {
      const fits = fitting(body)
      if (E.isLeft(fits)) return fits
      const there = roomOf(to.run)
      return kind === 'task' ? addTask(there, to, body, { waitMs, waiting }) : E.right(kept(there, kind, to, body))
    },
    untouched: run =>
      TE.fromIO(() => {
        const { queues, results } = roomOf(run)
        return results.size === 0 && [...queues.values()].every(queue => queue.size() === 0)
      }),
    find: of => TE.fromIO(() => roomOf(of.run).results.get(placeOf(of))),
    consume: (queue, signal, told = () => {}) => consume(roomOf(queue.run), queue, signal, told),
    follow: (run, heard) => async () => {
      roomOf(run).listeners.add(heard)
      return E.right(async () => void roomOf(run).listeners.delete(heard))
    },
    ...memoryBlobs(run => roomOf(run).blobs),
    close: async () => rooms.clear(),
  }
}
