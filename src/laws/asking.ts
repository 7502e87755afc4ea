import type fc from 'fast-check'
import { asyncLaw, type Law, type LawWords, law } from './law.ts'

/**
 * Steps that ask questions and go on with the answers: written once, they run at once or wait between questions,
 * whichever the one who answers does.
 */
export type Asking<Q, A, R> = Generator<Q, R, A>

/** Asks one question. */
export function* ask<Q, A>(question: Q): Asking<Q, A, A> {
  return yield question
}

const now = <Q, A, R>(steps: Asking<Q, A, R>, answer: (question: Q) => A): R => {
  let step = steps.next()
  while (step.done !== true) step = steps.next(answer(step.value))
  return step.value
}

const later = async <Q, A, R>(steps: Asking<Q, A, R>, answer: (question: Q) => Promise<A>): Promise<R> => {
  let step = steps.next()
  while (step.done !== true) step = steps.next(await answer(step.value))
  return step.value
}

/** A law that still has to be told who answers. */
export interface Posed<Q, A> {
  readonly name: string
  readonly sync: (answer: (question: Q) => A) => Law
  readonly async: (answer: (question: Q) => Promise<A>) => Law<'async'>
}

/** A law whose steps ask questions; null when it holds. */
export const posed = <Q, A, I>(
  name: string,
  says: string,
  inputs: fc.Arbitrary<I>,
  broken: (input: I) => Asking<Q, A, string | null>,
  words: LawWords<I> = {},
): Posed<Q, A> => ({
  name,
  sync: answer => law(name, says, inputs, input => now(broken(input), answer), words),
  async: answer => asyncLaw(name, says, inputs, input => later(broken(input), answer), words),
})
