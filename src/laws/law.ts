import fc from 'fast-check'
import { either as E } from 'fp-ts'

/** How a law is tried; fast-check's own parameters, 100 runs by default. */
export type Trial = Pick<fc.Parameters<unknown>, 'numRuns' | 'seed' | 'path' | 'endOnFailure'>

/** A law that does not hold: which, on what, and what was seen. */
export interface BrokenLaw {
  readonly _tag: 'BrokenLaw'
  readonly law: string
  /** The smallest input found, as fast-check prints it. */
  readonly input: string
  readonly reason: string
  /** Repeats the failure. */
  readonly seed: number
  readonly path: string | null
}

/** A property with a name that holds of every right implementation. */
export interface Law {
  readonly name: string
  readonly says: string
  /** Tries the law; the Left is shrunk. */
  readonly check: (trial?: Trial) => E.Either<BrokenLaw, void>
  /** Tries the law and throws an `Error` whose message says which law broke and on what. For test runners. */
  readonly assert: (trial?: Trial) => void
}

/** The words for a broken law. */
export const brokenLawText = ({ law, input, reason, seed, path }: BrokenLaw): string =>
  `the law "${law}" is broken: ${reason}\non ${input}\n(seed ${seed}${path === null ? '' : `, path "${path}"`})`

/** A law from what it is tried on and what must hold: null, or the reason why it does not. */
export const law = <A>(
  name: string,
  says: string,
  arbitrary: fc.Arbitrary<A>,
  broken: (input: A) => string | null,
): Law => {
  const check = (trial: Trial = {}): E.Either<BrokenLaw, void> => {
    let reason = ''
    const property = fc.property(arbitrary, input => {
      try {
        const why = broken(input)
        if (why === null) return true
        reason = why
      } catch (thrown) {
        reason = `threw ${thrown instanceof Error ? thrown.message : String(thrown)}`
      }
      return false
    })
    const { failed, counterexample, seed, counterexamplePath } = fc.check(property, trial)
    if (!failed) return E.right(undefined)
    const input = fc.stringify(counterexample?.[0])
    return E.left({ _tag: 'BrokenLaw', law: name, input, reason, seed, path: counterexamplePath })
  }
  const assert = (trial: Trial = {}): void => {
    const outcome = check(trial)
    if (E.isLeft(outcome)) throw new Error(brokenLawText(outcome.left))
  }
  return { name, says, check, assert }
}

/** Tries all laws and returns those that are broken. */
export const brokenLaws = (laws: readonly Law[], trial: Trial = {}): readonly BrokenLaw[] =>
  laws.flatMap(({ check }) => {
    const outcome = check(trial)
    return E.isLeft(outcome) ? [outcome.left] : []
  })
