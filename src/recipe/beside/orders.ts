import { either as E } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import { type Task, taskInWords } from './task.ts'

/** A task that was given, and what it comes to. */
export interface Order {
  readonly task: Task
  readonly result: Promise<E.Either<Fault, unknown>>
  readonly settle: (result: E.Either<Fault, unknown>) => void
}

/** How many tasks there may be at work where one of a kind is begun. */
export type AtOnce = Readonly<Record<Task['kind'], number>>

/** Tasks in the order in which they were given, each once. */
export interface Orders {
  /** The order of a task: a new one waits, or comes to what stopped its kind. */
  readonly of: (task: Task) => Order
  /** The first that waits and may be begun while so many are at work; it then waits no longer. */
  readonly next: (atWork: number) => Order | undefined
  /** No further one of a kind is begun: those that wait come to that fault. */
  readonly drop: (kind: Task['kind'], wrong: Fault) => void
  /** Resolves when nothing waits and nothing is at work. */
  readonly settled: () => Promise<unknown>
}

const orderOf = (task: Task): Order => {
  let settle: Order['settle'] = () => {}
  const result = new Promise<E.Either<Fault, unknown>>(resolve => {
    settle = resolve
  })
  return { task, result, settle }
}

/** Opens a list of tasks. */
export const openOrders = (atOnce: AtOnce): Orders => {
  const known = new Map<string, Order>()
  const stopped = new Map<Task['kind'], Fault>()
  let waiting: readonly Order[] = []
  return {
    of: task => {
      const before = known.get(taskInWords(task))
      if (before !== undefined) return before
      const order = orderOf(task)
      known.set(taskInWords(task), order)
      const wrong = stopped.get(task.kind)
      if (wrong === undefined) waiting = [...waiting, order]
      else order.settle(E.left(wrong))
      return order
    },
    next: atWork => {
      const first = waiting.find(({ task }) => atWork < atOnce[task.kind])
      waiting = waiting.filter(order => order !== first)
      return first
    },
    drop: (kind, wrong) => {
      if (!stopped.has(kind)) stopped.set(kind, wrong)
      const dropped = waiting.filter(({ task }) => task.kind === kind)
      waiting = waiting.filter(order => !dropped.includes(order))
      for (const { settle } of dropped) settle(E.left(wrong))
    },
    settled: () => Promise.all([...known.values()].map(({ result }) => result)),
  }
}
