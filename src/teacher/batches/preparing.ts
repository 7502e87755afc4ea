import { either as E, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import { teacherFault } from '../fault.ts'
import type { Asked, Told } from './asked.ts'
import { bell } from './bell.ts'
import type { Exchange, Submitted } from './exchange.ts'
import { queue } from './queue.ts'

/** A list of questions that is being asked. */
export interface Preparing<T> {
  readonly take: () => T | undefined
  /** Resolves when there may be more to take, or the end. */
  readonly heard: () => Promise<void>
  readonly isOver: () => boolean
  /** Leaves room for what waits behind. */
  readonly taken: () => void
  /** Makes no more questions, and waits for no answers. */
  readonly leave: () => void
  /** Resolves when no more questions are made; rejects with what the source threw. */
  readonly all: Promise<void>
}

/** Asks a question, and tells what came of it; what its maker fails with comes back as it is. */
const asking = <A, F extends Fault>(
  exchange: Exchange,
  { about, question }: Asked<A, F>,
  tell: (told: Told<A, F>) => void,
): Submitted => {
  let own: F | undefined
  const submitted = exchange.submit(signal =>
    TE.mapLeft((fault: F) => {
      own = fault
      return teacherFault('BadRequest', fault.cause, fault.remedy)
    })(question(signal)),
  )
  void submitted.answer.then(answer => tell({ about, answer: own === undefined ? answer : E.left(own) }))
  return submitted
}

/** Makes questions, so many at a time, while no more than `pending` wait for their answers or to be taken. */
export const preparing = <A, F extends Fault>(
  exchange: Exchange,
  next: () => Promise<Asked<A, F> | undefined>,
  width: number,
  pending: number,
): Preparing<Told<A, F>> => {
  const open = new Set<Pick<Submitted, 'leave'>>()
  const told = queue<Told<A, F>>()
  const { ring, heard } = bell()
  let stopped = false
  let ended = false
  const isFull = () => open.size + told.size() >= pending
  const begin = (asked: Asked<A, F>): Promise<void> => {
    const submitted = asking(exchange, asked, one => {
      open.delete(submitted)
      told.put(one)
      ring()
    })
    open.add(submitted)
    return submitted.accepted
  }
  /** Takes one question from the source; says whether there was one. */
  const one = async (): Promise<boolean> => {
    const done = exchange.expect()
    try {
      const asked = await next()
      if (asked === undefined || stopped) return false
      await begin(asked)
      return true
    } finally {
      done()
    }
  }
  const run = async (): Promise<void> => {
    while (!stopped) {
      // What lies in a chunk that is not full would wait for questions that wait for it.
      if (isFull()) await exchange.flush()
      if (isFull()) await heard()
      else if (!(await one())) return
    }
  }
  const leave = () => {
    stopped = true
    for (const submitted of open) submitted.leave()
    ring()
  }
  const all = Promise.all(Array.from({ length: width }, run))
    .then(() => exchange.flush())
    .catch((error: unknown) => {
      leave()
      throw error
    })
    .finally(() => {
      ended = true
      ring()
    })
  // Whoever reads waits for it at the end.
  all.catch(() => undefined)
  return {
    take: told.take,
    heard,
    isOver: () => ended && open.size === 0 && told.size() === 0,
    taken: ring,
    leave,
    all,
  }
}
