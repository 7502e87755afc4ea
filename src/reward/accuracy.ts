import { either as E } from 'fp-ts'
import type { ProblemType } from '../dataset/index.ts'
import type { Fault } from '../flow/index.ts'
import { fault } from '../flow/index.ts'
import { strip } from './python.ts'
import { repairedAccuracy, scorable } from './repaired.ts'
import { isScored, scoredTypes, videoR1Accuracy } from './video-r1.ts'

/** Why an answer could not be scored. */
export type RewardFault = Fault<'UnknownProblemType' | 'AnswerTooLong' | 'BadTruth' | 'RewardFailed'>

/** How answers are compared with truths. */
export interface AccuracyOptions {
  /** `repaired` (default) mends the quirks of Video-R1's functions, `video-r1` keeps them. */
  readonly mode?: 'repaired' | 'video-r1'
  /** Characters that an answer or a truth may have (20,000): two metrics take time quadratic in words. */
  readonly maxCharacters?: number
}

/** The problem type that a text names, or a fault: an unknown type is never scored 0. */
export const problemType = (given: string): E.Either<RewardFault, ProblemType> => {
  if (isScored(given)) return E.right(given)
  const cause = `problemType is "${given.slice(0, 60)}"`
  return E.left(fault('UnknownProblemType', cause, `Give one of: ${scoredTypes.join(', ')}.`))
}

/**
 * The accuracy reward of an answer (the text inside the answer tags) against the truth, in [0, 1], by problem type
 * (section 7.2 of the paper). Left for an unknown type, for texts beyond `maxCharacters`, and in `repaired` mode for a
 * truth that its type cannot score (no number, empty text): such a record would reward nobody, ever.
 */
export const accuracy =
  ({ mode = 'repaired', maxCharacters = 20_000 }: AccuracyOptions = {}) =>
  (type: string) =>
  (answer: string, truth: string): E.Either<RewardFault, number> => {
    const known = problemType(type)
    if (E.isLeft(known)) return known
    const long = Object.entries({ answer, truth }).find(([, text]) => text.length > maxCharacters)
    if (long !== undefined)
      return E.left(
        fault(
          'AnswerTooLong',
          `the ${long[0]} has ${long[1].length} characters of at most ${maxCharacters}`,
          'Shorten the completions, or raise maxCharacters.',
        ),
      )
    if (mode === 'video-r1') return E.right(videoR1Accuracy(known.right, strip(answer), strip(truth)))
    if (!scorable(known.right, truth))
      return E.left(
        fault('BadTruth', `the truth "${truth.slice(0, 60)}" cannot be scored as ${type}`, 'Mend or drop the record.'),
      )
    return E.right(repairedAccuracy(known.right, answer, truth))
  }
