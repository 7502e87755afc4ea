import fc from 'fast-check'
import { either as E } from 'fp-ts'
import { type Law, law } from './law.ts'

/** What a reward promises; the laws that apply follow from it. */
export interface RewardPromises {
  /** Truths as they occur; every one must be scorable. */
  readonly truths: fc.Arbitrary<string>
  /** The least and the most that the reward can be; [0, 1] by default. */
  readonly range?: readonly [number, number]
  /** The truth itself gets the most. True by default. */
  readonly perfect?: boolean
  /** White space around the answer changes nothing. True by default. */
  readonly trims?: boolean
}

/** The laws of an accuracy reward: answer and truth in, a number or a fault out. */
export const rewardLaws = (
  reward: (answer: string, truth: string) => E.Either<unknown, number>,
  { truths, range: [least, most] = [0, 1], perfect = true, trims = true }: RewardPromises,
): readonly Law[] => {
  const answers = fc.oneof(
    truths,
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', ' ', 'NaN', 'Infinity', '-0', '1e999', '<answer>'),
  )
  const pair = fc.oneof(
    fc.tuple(answers, truths),
    truths.map((truth): [string, string] => [truth, truth]),
  )
  const score = (answer: string, truth: string): number => {
    const made = reward(answer, truth)
    if (E.isLeft(made)) throw new Error(`rejects ${JSON.stringify(answer)} for ${JSON.stringify(truth)}`)
    return made.right
  }
  return [
    law('in range', `between ${least} and ${most}, never NaN`, pair, ([answer, truth]) => {
      const r = score(answer, truth)
      return r >= least && r <= most ? null : `the reward is ${r}`
    }),
    law(
      'no memory',
      'the same answer gets the same reward again',
      fc.tuple(pair, pair),
      ([[answer, truth], [other, otherTruth]]) => {
        const before = score(answer, truth)
        score(other, otherTruth)
        const after = score(answer, truth)
        return Object.is(before, after) ? null : `${before}, then ${after}`
      },
    ),
    ...(perfect
      ? [
          law('the truth is right', 'it gets the most, and no answer gets more', truths, truth => {
            const r = score(truth, truth)
            return r === most ? null : `the truth itself gets ${r} of ${most}`
          }),
        ]
      : []),
    ...(trims
      ? [
          law(
            'white space around is free',
            'a line break at the end costs nothing',
            fc.tuple(pair, fc.constantFrom(' ', '\n', '\t ')),
            ([[answer, truth], white]) => {
              const [bare, padded] = [score(answer, truth), score(`${white}${answer}${white}`, truth)]
              return bare === padded ? null : `${bare}, with white space ${padded}`
            },
          ),
        ]
      : []),
  ]
}
