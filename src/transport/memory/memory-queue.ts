import type { Delivery } from '../transport.ts'

interface Waiting {
  readonly body: string
  deliveries: number
}

type Taker = (delivery: Delivery | undefined) => void

/** What a queue holds: tasks by key, the keys of those that are ready, those that are handed out, and who asks for one. */
interface Held {
  inFlight: number
  readonly waitMs: number
  readonly tasks: Map<string, Waiting>
  readonly ready: string[]
  readonly out: Map<string, ReturnType<typeof setTimeout>>
  readonly takers: Taker[]
}

/** A queue in this process, which behaves as a work queue of JetStream does. */
export interface MemoryQueue {
  readonly bound: (inFlight: number) => void
  /** False where the key is there already. */
  readonly add: (key: string, body: string) => boolean
  readonly size: () => number
  /** The next task, when there is one and the bound allows; undefined when the signal fires or the queue ends. */
  readonly next: (signal: AbortSignal) => Promise<Delivery | undefined>
  readonly end: () => void
}

/** Hands out what is ready to who asks, as far as the bound allows. */
const handOut = (queue: Held): void => {
  const { tasks, ready, out, takers } = queue
  while (takers.length > 0 && ready.length > 0 && out.size < queue.inFlight) {
    const key = ready.shift()!
    const task = tasks.get(key)
    if (task !== undefined) takers.shift()!(delivery(queue, key, task))
  }
}

/** A key is not handed out any more. What is not done is handed out again before the others. */
const back = (queue: Held, key: string): void => {
  clearTimeout(queue.out.get(key))
  if (queue.out.delete(key) && queue.tasks.has(key)) queue.ready.unshift(key)
  handOut(queue)
}

/** A key is handed out, until it has been silent too long. */
const hold = (queue: Held, key: string): void => {
  clearTimeout(queue.out.get(key))
  const timer = setTimeout(() => back(queue, key), queue.waitMs)
  timer.unref()
  queue.out.set(key, timer)
}

const delivery = (queue: Held, key: string, task: Waiting): Delivery => {
  task.deliveries += 1
  hold(queue, key)
  const mine = task.deliveries
  /** Whoever was too late has no say any more. */
  const holds = (): boolean => task.deliveries === mine && queue.out.has(key)
  return {
    ...{ key, body: task.body, deliveries: mine, waitMs: queue.waitMs },
    working: () => {
      if (holds()) hold(queue, key)
    },
    ack: () => {
      queue.tasks.delete(key)
      const at = queue.ready.indexOf(key)
      if (at >= 0) queue.ready.splice(at, 1)
      back(queue, key)
    },
    again: () => {
      if (holds()) back(queue, key)
    },
  }
}

const next = (queue: Held, signal: AbortSignal): Promise<Delivery | undefined> =>
  new Promise(resolve => {
    const stop = (): void => {
      const at = queue.takers.indexOf(taker)
      if (at >= 0) queue.takers.splice(at, 1)
      resolve(undefined)
    }
    const taker: Taker = given => {
      signal.removeEventListener('abort', stop)
      resolve(given)
    }
    if (signal.aborted) return resolve(undefined)
    signal.addEventListener('abort', stop, { once: true })
    queue.takers.push(taker)
    handOut(queue)
  })

/** An empty queue. What a worker keeps longer than `waitMs` without a word is handed out again. */
export const memoryQueue = (inFlight: number, waitMs: number): MemoryQueue => {
  const queue: Held = { inFlight, waitMs, tasks: new Map(), ready: [], out: new Map(), takers: [] }
  return {
    bound: most => {
      queue.inFlight = most
      handOut(queue)
    },
    add: (key, body) => {
      if (queue.tasks.has(key)) return false
      queue.tasks.set(key, { body, deliveries: 0 })
      queue.ready.push(key)
      handOut(queue)
      return true
    },
    size: () => queue.tasks.size,
    next: signal => next(queue, signal),
    end: () => {
      for (const taker of queue.takers.splice(0)) taker(undefined)
    },
  }
}
