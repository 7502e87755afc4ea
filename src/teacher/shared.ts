import { either as E, type taskEither as TE } from 'fp-ts'
import { teacherFault } from './fault.ts'
import { onAbort } from './on-abort.ts'
import type { Answer, TeacherFault } from './types.ts'

/** A question under way: its answer to come, how many wait for it, and how to stop it. */
interface Flight {
  readonly answer: Promise<E.Either<TeacherFault, Answer>>
  readonly stop: () => void
  waiting: number
}

/** Asks a question that has a key. */
type KeyedAsk = (
  key: string,
  ask: (signal: AbortSignal) => TE.TaskEither<TeacherFault, Answer>,
  signal: AbortSignal,
) => TE.TaskEither<TeacherFault, Answer>

/**
 * Asks what has the same key once for all who ask at the same time, as the rollouts of a group do that saw the same.
 * The question ends when all of them have left it; who came later is billed nothing. Holds what is under way.
 */
export const sharedAsk = (name: string): KeyedAsk => {
  const flights = new Map<string, Flight>()
  const begin = (key: string, ask: (signal: AbortSignal) => TE.TaskEither<TeacherFault, Answer>): Flight => {
    const controller = new AbortController()
    const land = () => {
      if (flights.get(key) === flight) flights.delete(key)
    }
    const stop = () => {
      land()
      controller.abort()
    }
    const flight: Flight = { answer: ask(controller.signal)().finally(land), stop, waiting: 0 }
    flights.set(key, flight)
    return flight
  }
  return (key, ask, signal) => () => {
    const cancelled = E.left(teacherFault('Cancelled', `${name}: cancelled`, ''))
    if (signal.aborted) return Promise.resolve(cancelled)
    const joined = flights.get(key)
    const flight = joined ?? begin(key, ask)
    flight.waiting++
    return new Promise((resolve, reject) => {
      const leave = () => {
        if (--flight.waiting === 0) flight.stop()
        resolve(cancelled)
      }
      flight.answer
        .finally(onAbort(signal, leave))
        .then(
          answer =>
            resolve(
              joined === undefined
                ? answer
                : E.map(({ text }: Answer) => ({ text, usage: { inputTokens: 0, outputTokens: 0 } }))(answer),
            ),
          reject,
        )
    })
  }
}
