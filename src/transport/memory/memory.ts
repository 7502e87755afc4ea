import { either as E, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import { badBlob, fitting, full, noBlob, runTaken } from '../faults.ts'
import { blobName, isOfStage, queueName, sha256, waitingFor } from '../names.ts'
import { type Address, type Heard, type Limits, type Transport, usualLimits } from '../transport.ts'
import { type MemoryQueue, memoryQueue } from './memory-queue.ts'

interface Room {
  readonly queues: Map<string, MemoryQueue>
  readonly results: Map<string, string>
  readonly dead: Map<string, string>
  readonly blobs: Map<string, Uint8Array>
  readonly listeners: Set<(result: Heard) => void>
}

const room = (): Room => ({
  queues: new Map(),
  results: new Map(),
  dead: new Map(),
  blobs: new Map(),
  listeners: new Set(),
})

const placeOf = (address: Address): string => `${queueName(address)}.${address.key}`

/** Milliseconds after which a worker looks whether its queue is there by now. */
const lookAgain = 20

/**
 * A transport inside this process, with the rules of the real one: bounds, work that comes back after `waitMs`, results that stay.
 * For tests, and for a pipeline that may run on one machine or on many. It holds all results and blobs until it is closed.
 */
export const inMemory = ({ waitMs = usualLimits.waitMs, waiting = usualLimits.waiting }: Limits = {}): Transport => {
  const rooms = new Map<string, Room>()
  const claimed = new Set<string>()
  const roomOf = (run: string): Room => {
    const there = rooms.get(run) ?? room()
    rooms.set(run, there)
    return there
  }
  const tell = (run: string, heard: Heard): void => {
    for (const listener of roomOf(run).listeners) queueMicrotask(() => listener(heard))
  }
  const addTask = (to: Address, body: string): E.Either<Fault, 'published' | 'known'> => {
    const { queues } = roomOf(to.run)
    const all = [...queues.values()].reduce((sum, queue) => sum + queue.size(), 0)
    if (all >= waiting) return E.left(full(to.run, waiting))
    const queue = queues.get(queueName(to)) ?? memoryQueue(0, waitMs)
    queues.set(queueName(to), queue)
    return E.right(queue.add(to.key, body) ? 'published' : 'known')
  }
  const keep = (kept: Map<string, string>, to: Address, body: string): 'published' | 'known' => {
    if (kept.has(placeOf(to))) return 'known'
    kept.set(placeOf(to), body)
    return 'published'
  }
  return {
    name: 'in memory',
    open: (queue, inFlight) => async () => {
      const { queues } = roomOf(queue.run)
      const name = queueName(queue)
      for (const other of queues.keys()) if (other !== name && isOfStage(queue.stage, other)) queues.delete(other)
      const there = queues.get(name)
      if (there === undefined) queues.set(name, memoryQueue(inFlight, waitMs))
      else there.inFlight = inFlight
      return E.right(undefined)
    },
    claim: run => async () => {
      if (claimed.has(run)) return E.left(runTaken(run, 'this process'))
      claimed.add(run)
      const release = async (): Promise<void> => void claimed.delete(run)
      return E.right({ lost: new Promise(() => {}), release })
    },
    publish: (kind, to, body) => async () => {
      const fits = fitting(body)
      if (E.isLeft(fits)) return fits
      if (kind === 'task') return addTask(to, body)
      const { results, dead } = roomOf(to.run)
      const said = keep(kind === 'result' ? results : dead, to, body)
      if (kind === 'result' && said === 'published') tell(to.run, { key: to.key, body })
      return E.right(said)
    },
    find: of => TE.fromIO(() => roomOf(of.run).results.get(placeOf(of))),
    async *consume(queue, signal, told = () => {}) {
      let said = ''
      while (!signal.aborted) {
        const there = roomOf(queue.run).queues.get(queueName(queue))
        const delivery = await there?.next(signal)
        if (delivery !== undefined) yield delivery
        if (there !== undefined) continue
        const words = waitingFor(
          queue,
          [...roomOf(queue.run).queues.keys()].filter(name => isOfStage(queue.stage, name)),
        )
        if (words !== said) told(words)
        said = words
        await new Promise(resolve => setTimeout(resolve, lookAgain))
      }
    },
    follow: (run, heard) => async () => {
      roomOf(run).listeners.add(heard)
      return E.right(async () => void roomOf(run).listeners.delete(heard))
    },
    putBlob: (run, owner, bytes) => async () => {
      const hash = sha256(bytes)
      const name = blobName(owner, hash)
      roomOf(run).blobs.set(name, bytes.slice())
      return E.right({ name, sha256: hash, bytes: bytes.length })
    },
    getBlob: (run, ref) => async () => {
      const bytes = roomOf(run).blobs.get(ref.name)
      if (bytes === undefined) return E.left(noBlob(ref))
      const hash = sha256(bytes)
      return hash === ref.sha256 && bytes.length === ref.bytes
        ? E.right(bytes.slice())
        : E.left(badBlob(ref, { sha256: hash, bytes: bytes.length }))
    },
    dropBlob:
      (run, { name }) =>
      async () => {
        roomOf(run).blobs.delete(name)
        return E.right(undefined)
      },
    close: async () => rooms.clear(),
  }
}
