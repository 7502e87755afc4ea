import { either as E, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import { teacherFault } from '../fault.ts'
import type { Answer, Question, TeacherFault } from '../types.ts'
import type { Exchange, Submitted } from './exchange.ts'

/** A question of a long list. */
export interface Asked<A, F extends Fault = TeacherFault> {
  /** What comes back beside the answer; small, as it is held until then: a record, not its frames. */
  readonly about: A
  /** Makes the question when there is room for it, and again should it have to be sent once more: decode the clip here. */
  readonly question: (signal: AbortSignal) => TE.TaskEither<F, Question>
}

/** What came of a question. */
export interface Told<A, F extends Fault = TeacherFault> {
  readonly about: A
  readonly answer: E.Either<F | TeacherFault, Answer>
}

/** How a long list is asked. */
export interface AskingAll {
  /** Questions made at the same time; 2 by default. */
  readonly preparing?: number
  /** Questions that wait for their answers at most; 100,000 by default. */
  readonly pending?: number
}

/** Wakes all who wait for something to happen. */
const bell = (): { readonly ring: () => void; readonly heard: () => Promise<void> } => {
  let waiting: (() => void)[] = []
  return {
    ring: () => {
      const woken = waiting
      waiting = []
      for (const wake of woken) wake()
    },
    heard: () => new Promise(resolve => void waiting.push(resolve)),
  }
}

/** First in, first out, without moving what is left. */
const queue = <T>() => {
  let incoming: T[] = []
  let outgoing: T[] = []
  return {
    put: (value: T) => void incoming.push(value),
    size: () => incoming.length + outgoing.length,
    take: (): T | undefined => {
      if (outgoing.length === 0) {
        outgoing = incoming.reverse()
        incoming = []
      }
      return outgoing.pop()
    },
  }
}

type Questions<A, F extends Fault> = AsyncIterable<Asked<A, F>> | Iterable<Asked<A, F>>

const iteratorOf = <T>(values: AsyncIterable<T> | Iterable<T>): AsyncIterator<T> | Iterator<T> =>
  Symbol.asyncIterator in values ? values[Symbol.asyncIterator]() : values[Symbol.iterator]()

/** Asks a question; what its maker fails with comes back as it is. */
const asking = <A, F extends Fault>(
  exchange: Exchange,
  { question }: Asked<A, F>,
): Omit<Submitted, 'answer'> & { readonly answer: Promise<E.Either<F | TeacherFault, Answer>> } => {
  let own: F | undefined
  const submitted = exchange.submit(signal =>
    TE.mapLeft((fault: F) => {
      own = fault
      return teacherFault('BadRequest', fault.cause, fault.remedy)
    })(question(signal)),
  )
  return { ...submitted, answer: submitted.answer.then(answer => (own === undefined ? answer : E.left(own))) }
}

/**
 * Asks a long list of questions and gives the answers as they come, in any order. Questions are made when there is room
 * for them, and not held; what waits for an answer is `about`, the queue of answers and the maker.
 */
export const answersOf = (exchange: Exchange) =>
  async function* <A, F extends Fault>(
    questions: Questions<A, F>,
    signal: AbortSignal,
    { preparing = 2, pending = 100_000 }: AskingAll = {},
  ): AsyncGenerator<Told<A, F>> {
    const source = iteratorOf(questions)
    const open = new Set<Pick<Submitted, 'leave'>>()
    const told = queue<Told<A, F>>()
    const { ring, heard } = bell()
    let stopped = false
    let ended = false
    let broken: { readonly error: unknown } | undefined
    const leaveAll = () => {
      stopped = true
      for (const { leave } of open) leave()
      ring()
    }
    const begin = (asked: Asked<A, F>): Promise<void> => {
      const { about } = asked
      const submitted = asking(exchange, asked)
      open.add(submitted)
      void submitted.answer.then(answer => {
        open.delete(submitted)
        told.put({ about, answer })
        ring()
      })
      return submitted.accepted
    }
    const prepare = async (): Promise<void> => {
      while (!stopped) {
        if (open.size + told.size() >= pending) {
          // What lies in a chunk that is not full would wait for questions that wait for it.
          await exchange.flush()
          if (open.size + told.size() >= pending) await heard()
          continue
        }
        const done = exchange.expect()
        try {
          const next = await source.next()
          if (next.done === true || stopped) return
          await begin(next.value)
        } finally {
          done()
        }
      }
    }
    const all = Promise.all(Array.from({ length: preparing }, prepare))
      .then(() => exchange.flush())
      .catch((error: unknown) => {
        broken = { error }
        leaveAll()
      })
      .finally(() => {
        ended = true
        ring()
      })
    signal.addEventListener('abort', leaveAll, { once: true })
    if (signal.aborted) leaveAll()
    try {
      for (;;) {
        for (let one = told.take(); one !== undefined; one = told.take()) {
          yield one
          ring()
        }
        if (ended && open.size === 0 && told.size() === 0) break
        await heard()
      }
      if (broken !== undefined) throw broken.error
    } finally {
      signal.removeEventListener('abort', leaveAll)
      leaveAll()
      await source.return?.()
      await all
    }
  }
