import { either as E } from 'fp-ts'
import type { ProblemType } from '../dataset/index.ts'
import type { Fault } from '../flow/index.ts'
import { fault } from '../flow/index.ts'
import { strip } from './python.ts'
import { repaired } from './repaired.ts'
import { answerText, videoR1Accuracy } from './video-r1.ts'

/** Why an answer could not be scored. */
export type RewardFault = Fault<'UnknownProblemType' | 'AnswerTooLong' | 'BadTruth' | 'RewardFailed'>

/** How answers are compared with truths. */
export interface AccuracyOptions {
  /** `repaired` (default) mends the quirks of Video-R1's functions, `video-r1` keeps them. */
  readonly mode?: 'repaired' | 'video-r1'
  /** Characters that an answer or a truth may have (20,000): two metrics take time quadratic in words. */
  readonly maxCharacters?: number
}

/** What is known of the question beside its truth. */
export interface AnswerOptions {
  /** The options of a multiple choice, with their letters or without: the text of one then counts as its letter. */
  readonly options?: readonly string[]
}

const isProblemType = (given: string): given is ProblemType => Object.hasOwn(repaired, given)

/**
 * The problem type that a text names, or a fault: an unknown type is never scored 0.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { problemType } from 'kinograd/reward'
 *
 * assert.equal(problemType('OCR')._tag, 'Right')
 * assert.equal(problemType('essay')._tag, 'Left')
 * ```
 */
export const problemType = (given: string): E.Either<RewardFault, ProblemType> =>
  isProblemType(given)
    ? E.right(given)
    : E.left(
        fault(
          'UnknownProblemType',
          `problemType is "${given.slice(0, 60)}"`,
          `Give one of: ${Object.keys(repaired).join(', ')}.`,
        ),
      )

/**
 * The accuracy reward of an answer (the text inside the answer tags) against the truth, in [0, 1], by problem type
 * (VideoP2R, arXiv 2511.11113, section 7.2). Left for an unknown type, for texts beyond `maxCharacters`, and in
 * `repaired` mode for a truth that its type cannot score (no number, a letter beyond the options, empty text): such a
 * record would reward nobody, ever.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { accuracy } from 'kinograd/reward'
 *
 * const choice = accuracy()('multiple choice')
 * assert.deepEqual(choice('The answer is B.', 'B'), { _tag: 'Right', right: 1 })
 * assert.deepEqual(choice('the red ball', 'B', { options: ['A. a dog', 'B. the red ball'] }), { _tag: 'Right', right: 1 })
 * assert.deepEqual(accuracy()('numerical')('50 cm', '0.5 m'), { _tag: 'Right', right: 1 })
 * ```
 */
export const accuracy =
  ({ mode = 'repaired', maxCharacters = 20_000 }: AccuracyOptions = {}) =>
  (type: string) =>
  (answer: string, truth: string, { options = [] }: AnswerOptions = {}): E.Either<RewardFault, number> => {
    const known = problemType(type)
    if (E.isLeft(known)) return known
    const long = answer.length > maxCharacters ? 'answer' : truth.length > maxCharacters ? 'truth' : undefined
    if (long !== undefined)
      return E.left(
        fault(
          'AnswerTooLong',
          `the ${long} has ${(long === 'answer' ? answer : truth).length} characters of at most ${maxCharacters}`,
          'Shorten the completions, or raise maxCharacters.',
        ),
      )
    if (mode === 'video-r1') return E.right(videoR1Accuracy(known.right, strip(answer), strip(truth)))
    const metric = repaired[known.right]
    if (!metric.scorable(truth, options))
      return E.left(
        fault('BadTruth', `the truth "${truth.slice(0, 60)}" cannot be scored as ${type}`, 'Mend or drop the record.'),
      )
    return E.right(metric.reward(answerText(answer), truth, options))
  }
