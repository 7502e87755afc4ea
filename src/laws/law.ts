import fc from 'fast-check'
import { either as E } from 'fp-ts'
import { messageOf } from '../flow/index.ts'
import { type BrokenLaw, brokenLawText } from './broken.ts'
import { inTime, limited } from './limited.ts'

/** How a law is tried; fast-check's own parameters, 100 runs by default, and a limit of time. */
export type Trial = Pick<fc.Parameters<unknown>, 'numRuns' | 'seed' | 'path' | 'endOnFailure'> & {
  /**
   * Milliseconds that one law may take; 60,000 by default. What never returns is stopped in Node; in browsers only what
   * answers asynchronously can be given up.
   */
  readonly timeLimit?: number
}

/** Whether something is known at once or later. */
export type When = 'sync' | 'async'

/** A value, or the promise of one. */
export type Answered<W extends When, A> = W extends 'sync' ? A : Promise<A>

/**
 * A property with a name that holds of every right implementation. `Law<'async'>` is the law of something that answers
 * later: its `check` and `assert` give promises, which test runners wait for.
 */
export interface Law<W extends When = 'sync'> {
  readonly name: string
  readonly says: string
  /** Laws whose break explains a break of this one: `brokenLaws` reports a fault once. */
  readonly restsOn: readonly string[]
  /** Tries the law; the Left is shrunk. */
  readonly check: (trial?: Trial) => Answered<W, E.Either<BrokenLaw, void>>
  /** Tries the law and throws an `Error` whose message says which law broke and on what. For test runners. */
  readonly assert: (trial?: Trial) => Answered<W, void>
}

/** What a law says besides its name. */
export interface LawWords<A> {
  /** What to look at first when it is broken. */
  readonly look?: string
  /** Laws whose break explains a break of this one. */
  readonly restsOn?: readonly string[]
  /** How a counterexample is written; fast-check's way by default. */
  readonly shown?: (input: A) => string
}

/** What is wrong with an answer, in words: reported as it stands, and not as something that was thrown. */
export class Unfit extends Error {}

/** Nothing more can be asked: time is up, or a program is gone. What was seen then is not shrunk. */
export class Unanswered extends Unfit {}

/** What a trial has seen so far. */
interface Seen<A> {
  input: A | undefined
  reason: string
  /** Nothing more can be asked. */
  over: boolean
}

const defaultLimit = 60_000

const noteThrown = <A>(seen: Seen<A>, thrown: unknown): false => {
  seen.over = thrown instanceof Unanswered
  const message = messageOf(thrown)
  seen.reason = thrown instanceof Unfit ? message : `threw ${message}`
  return false
}

const note = <A>(seen: Seen<A>, why: string | null): boolean => {
  if (why !== null) seen.reason = why
  return why === null
}

/** What fast-check says of a trial. */
type Details = Pick<fc.RunDetails<[unknown]>, 'failed' | 'seed' | 'counterexamplePath'>

/** What came of a trial; `details` is null when its time was up. */
const outcomeOf = <A>(
  name: string,
  says: string,
  { look = '', shown = fc.stringify }: LawWords<A>,
  { input, reason }: Seen<A>,
  trial: Trial,
  details: Details | null,
): E.Either<BrokenLaw, void> => {
  if (details !== null && !details.failed) return E.right(undefined)
  return E.left({
    _tag: 'BrokenLaw',
    law: name,
    says,
    input: input === undefined ? 'no input at all' : shown(input),
    reason: details === null ? `no answer within ${(trial.timeLimit ?? defaultLimit) / 1000} s` : reason,
    look: details === null ? 'what never returns, or raise timeLimit' : look,
    seed: details?.seed ?? trial.seed ?? 0,
    path: details?.counterexamplePath ?? null,
  })
}

const demand = (outcome: E.Either<BrokenLaw, void>): void => {
  if (E.isLeft(outcome)) throw new Error(brokenLawText(outcome.left))
}

const parametersOf = ({ timeLimit: _, ...trial }: Trial) => trial

/**
 * A law from what it is tried on and what must hold: null, or the reason why it does not.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import fc from 'fast-check'
 * import { brokenLaws, law } from 'kinograd/laws'
 *
 * const small = law('small', 'numbers are below ten', fc.nat(99), n => (n < 10 ? null : `${n} is not below ten`))
 * assert.equal(brokenLaws([small])[0]?.input, '10')
 * ```
 */
export const law = <A>(
  name: string,
  says: string,
  arbitrary: fc.Arbitrary<A>,
  broken: (input: A) => string | null,
  words: LawWords<A> = {},
): Law => {
  const check = (trial: Trial = {}): E.Either<BrokenLaw, void> => {
    const seen: Seen<A> = { input: undefined, reason: '', over: false }
    const property = fc.property(arbitrary, input => {
      if (seen.over) return true
      seen.input = input
      try {
        return note(seen, broken(input))
      } catch (thrown) {
        return noteThrown(seen, thrown)
      }
    })
    const details = limited(() => fc.check(property, parametersOf(trial)), trial.timeLimit ?? defaultLimit)
    seen.input = details?.counterexample?.[0] ?? seen.input
    return outcomeOf(name, says, words, seen, trial, details)
  }
  return { name, says, restsOn: words.restsOn ?? [], check, assert: trial => demand(check(trial)) }
}

/**
 * `law` for what answers later.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import fc from 'fast-check'
 * import { asyncLaw, brokenAsyncLaws } from 'kinograd/laws'
 *
 * const double = async (n: number) => 2 * n
 * const even = asyncLaw('even', 'doubles are even', fc.nat(99), async n => ((await double(n)) % 2 === 0 ? null : 'odd'))
 * assert.deepEqual(await brokenAsyncLaws([even]), [])
 * ```
 */
export const asyncLaw = <A>(
  name: string,
  says: string,
  arbitrary: fc.Arbitrary<A>,
  broken: (input: A) => Promise<string | null>,
  words: LawWords<A> = {},
): Law<'async'> => {
  const check = async (trial: Trial = {}): Promise<E.Either<BrokenLaw, void>> => {
    const seen: Seen<A> = { input: undefined, reason: '', over: false }
    const property = fc.asyncProperty(arbitrary, async input => {
      if (seen.over) return true
      seen.input = input
      try {
        return note(seen, await broken(input))
      } catch (thrown) {
        return noteThrown(seen, thrown)
      }
    })
    const details = await inTime(fc.check(property, parametersOf(trial)), trial.timeLimit ?? defaultLimit)
    // Given up, the trial still runs: it finds nothing more to ask.
    seen.over = true
    seen.input = details?.counterexample?.[0] ?? seen.input
    return outcomeOf(name, says, words, seen, trial, details)
  }
  return { name, says, restsOn: words.restsOn ?? [], check, assert: async trial => demand(await check(trial)) }
}

/**
 * A law from a property of fast-check that throws where it does not hold, for inputs that are no plain values (a
 * scheduler, say).
 */
export const asyncPropertyLaw = (name: string, says: string, make: () => fc.IAsyncProperty<unknown>): Law<'async'> => {
  const check = async (trial: Trial = {}): Promise<E.Either<BrokenLaw, void>> => {
    const seen: Seen<unknown> = { input: undefined, reason: '', over: false }
    const details = await inTime(fc.check(make(), parametersOf(trial)), trial.timeLimit ?? defaultLimit)
    const thrown = details?.errorInstance
    seen.input = details?.counterexample ?? undefined
    seen.reason = messageOf(thrown)
    return outcomeOf(name, says, {}, seen, trial, details)
  }
  return { name, says, restsOn: [], check, assert: async trial => demand(await check(trial)) }
}
