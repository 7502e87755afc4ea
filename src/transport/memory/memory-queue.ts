import type { Delivery } from '../transport.ts'

interface Waiting {
  readonly body: string
  deliveries: number
}

/** A queue in this process, which behaves as a work queue of JetStream does. */
export interface MemoryQueue {
  inFlight: number
  /** False where the key is there already. */
  readonly add: (key: string, body: string) => boolean
  readonly size: () => number
  /** The next task, when there is one and the bound allows; undefined when the signal fires. */
  readonly next: (signal: AbortSignal) => Promise<Delivery | undefined>
}

/** An empty queue. What a worker keeps longer than `waitMs` without a word is handed out again, before the others. */
export const memoryQueue = (inFlight: number, waitMs: number): MemoryQueue => {
  const tasks = new Map<string, Waiting>()
  const ready: string[] = []
  const held = new Map<string, ReturnType<typeof setTimeout>>()
  const takers: ((delivery: Delivery | undefined) => void)[] = []
  const queue: MemoryQueue = {
    inFlight,
    size: () => tasks.size,
    add: (key, body) => {
      if (tasks.has(key)) return false
      tasks.set(key, { body, deliveries: 0 })
      ready.push(key)
      handOut()
      return true
    },
    next: signal =>
      new Promise(resolve => {
        const stop = (): void => {
          const at = takers.indexOf(taker)
          if (at >= 0) takers.splice(at, 1)
          resolve(undefined)
        }
        const taker = (delivery: Delivery | undefined): void => {
          signal.removeEventListener('abort', stop)
          resolve(delivery)
        }
        if (signal.aborted) return resolve(undefined)
        signal.addEventListener('abort', stop, { once: true })
        takers.push(taker)
        handOut()
      }),
  }
  const back = (key: string): void => {
    clearTimeout(held.get(key))
    if (held.delete(key) && tasks.has(key)) ready.unshift(key)
    handOut()
  }
  const hold = (key: string): void => {
    const timer = setTimeout(() => back(key), waitMs)
    timer.unref()
    held.set(key, timer)
  }
  const deliver = (key: string, task: Waiting): Delivery => {
    task.deliveries += 1
    hold(key)
    const mine = task.deliveries
    /** Whoever was too late has no say any more. */
    const holds = (): boolean => task.deliveries === mine && held.has(key)
    return {
      ...{ key, body: task.body, deliveries: mine, waitMs },
      working: () => {
        if (!holds()) return
        clearTimeout(held.get(key))
        hold(key)
      },
      ack: () => {
        tasks.delete(key)
        const at = ready.indexOf(key)
        if (at >= 0) ready.splice(at, 1)
        back(key)
      },
      again: () => {
        if (holds()) back(key)
      },
    }
  }
  const handOut = (): void => {
    while (takers.length > 0 && ready.length > 0 && held.size < queue.inFlight) {
      const key = ready.shift()!
      const task = tasks.get(key)
      if (task !== undefined) takers.shift()!(deliver(key, task))
    }
  }
  return queue
}
