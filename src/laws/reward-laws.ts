import fc from 'fast-check'
import { either as E } from 'fp-ts'
import { inOrder } from './in-order.ts'
import { type Law, type LawWords, law } from './law.ts'

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
  /** Another truth, and what is no answer at all, gets less than the most. True by default. */
  readonly tells?: boolean
  /** The truth among others does not get the most: an answer commits itself. True by default. */
  readonly commits?: boolean
  /** Whether two truths mean the same; by default without case and white space, and as numbers where both are. */
  readonly same?: (a: string, b: string) => boolean
}

type Pair = readonly [answer: string, truth: string]

const plain = (text: string): string => text.trim().toLowerCase().replaceAll(/\s+/g, ' ')

const sameText = (a: string, b: string): boolean =>
  plain(a) === plain(b) || (plain(a) !== '' && plain(b) !== '' && Number(plain(a)) === Number(plain(b)))

const shown: LawWords<Pair> = {
  shown: ([answer, truth]) => `the answer ${JSON.stringify(answer)} for the truth ${JSON.stringify(truth)}`,
}

/** What says nothing, or leaves it open. */
const evasions: readonly string[] = ['', ' ', '?', 'I do not know', 'none of them', '<answer>', 'NaN', 'null', 'true']

/** The truth, hidden among others. */
const hidden: readonly ((truth: string, a: string, b: string) => string)[] = [
  (truth, a) => `${a} ${truth}`,
  (truth, a) => `${truth} ${a}`,
  (truth, a) => `${a} or ${truth}`,
  (truth, a) => `${truth}, ${a}`,
  (truth, a, b) => `${a}, ${truth}, ${b}`,
  (truth, a, b) => `${a}\n${b}\n${truth}`,
  (truth, a) => `not ${truth}, it is ${a}`,
]

/** A reward under trial: its score, what it is tried on, and what it promises. */
interface Trying {
  readonly score: (answer: string, truth: string) => number
  /** Why an answer that must not get the most does. */
  readonly tooMuch: (pair: Pair) => string | null
  readonly pair: fc.Arbitrary<Pair>
  /** Two truths that do not mean the same. */
  readonly different: fc.Arbitrary<Pair>
  readonly truths: fc.Arbitrary<string>
  readonly same: (a: string, b: string) => boolean
  readonly least: number
  readonly most: number
}

const tryingOf = (
  reward: (answer: string, truth: string) => E.Either<unknown, number>,
  { truths, range: [least, most] = [0, 1], same = sameText }: RewardPromises,
): Trying => {
  const answers = fc.oneof(
    truths,
    fc.constantFrom(...evasions, '-0', '1e999', 'Infinity'),
    fc.string(),
    fc.string({ unit: 'binary' }),
  )
  const score = (answer: string, truth: string): number => {
    const made = reward(answer, truth)
    if (E.isLeft(made)) throw new Error(`rejects ${JSON.stringify(answer)} for ${JSON.stringify(truth)}`)
    return made.right
  }
  const tooMuch = ([answer, truth]: Pair): string | null => {
    const r = score(answer, truth)
    return r < most ? null : `it gets ${r}, as much as the truth itself may`
  }
  const pair: fc.Arbitrary<Pair> = fc.oneof(
    fc.tuple(answers, truths),
    truths.map((truth): Pair => [truth, truth]),
  )
  const different = fc.tuple(truths, truths).filter(([a, b]) => !same(a, b))
  return { score, tooMuch, pair, different, truths, same, least, most }
}

const ranged = ({ score, pair, least, most }: Trying): Law =>
  law(
    'in range',
    `the reward is between ${least} and ${most}, never NaN`,
    pair,
    ([answer, truth]) => {
      const r = score(answer, truth)
      return r >= least && r <= most ? null : `the reward is ${r}`
    },
    { ...shown, look: 'answers that cannot be read' },
  )

const forgetful = ({ score, pair }: Trying): Law =>
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
    { look: 'what is kept between calls: a pattern with the flag g, a cache' },
  )

const perfectly = ({ score, truths, most }: Trying): Law =>
  law(
    'the truth is right',
    'it gets the most, and no answer gets more',
    truths,
    truth => {
      const r = score(truth, truth)
      return r === most ? null : `the truth itself gets ${r} of ${most}`
    },
    { shown: truth => `the truth ${JSON.stringify(truth)}`, look: 'how truths are read' },
  )

const telling = ({ tooMuch, different, truths, same }: Trying): readonly Law[] => [
  law('another truth is wrong', 'it gets less than the most', different, tooMuch, {
    ...shown,
    look: 'a reward that is constant, or does not read its truth, or only a part of it',
  }),
  law(
    'no answer is wrong',
    'what says nothing gets less than the most',
    fc.tuple(fc.constantFrom(...evasions), truths).filter(([answer, truth]) => !same(answer, truth)),
    tooMuch,
    { ...shown, look: 'empty answers, and answers that cannot be read' },
  ),
]

const committing = ({ tooMuch, different, truths, same }: Trying): Law =>
  law(
    'an answer commits itself',
    'the truth among others, or taken back, gets less than the most',
    fc
      .tuple(different, truths, fc.constantFrom(...hidden))
      .filter(([[truth, a], b]) => !same(truth, b) && !same(a, b))
      .map(([[truth, a], b, hide]): Pair => [hide(truth, a, b), truth])
      .filter(([answer, truth]) => !same(answer, truth)),
    tooMuch,
    { ...shown, look: 'a truth that is found anywhere in the answer' },
  )

const trimmed = ({ score, pair }: Trying): Law =>
  law(
    'white space around is free',
    'a line break at the end costs nothing',
    fc.tuple(pair, fc.constantFrom(' ', '\n', '\t ', '\r\n')),
    ([[answer, truth], white]) => {
      const [bare, padded] = [score(answer, truth), score(`${white}${answer}${white}`, truth)]
      return bare === padded ? null : `${bare}, with white space ${padded}`
    },
    { look: 'whether the answer is trimmed' },
  )

/**
 * The laws of an accuracy reward: answer and truth in, a number or a fault out. A reward that is constant, that ignores
 * its truth, or that finds it anywhere breaks one.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import fc from 'fast-check'
 * import { either as E } from 'fp-ts'
 * import { brokenLaws, rewardLaws } from 'kinograd/laws'
 *
 * const anywhere = (answer: string, truth: string) => E.right(answer.includes(truth) ? 1 : 0)
 * const laws = rewardLaws(anywhere, { truths: fc.constantFrom('A', 'B', 'C', 'D') })
 * assert.deepEqual(brokenLaws(laws, { seed: 1 }).map(({ law }) => law), ['an answer commits itself'])
 * ```
 */
export const rewardLaws = (
  reward: (answer: string, truth: string) => E.Either<unknown, number>,
  promises: RewardPromises,
): readonly Law[] => {
  const trying = tryingOf(reward, promises)
  return inOrder([
    ranged(trying),
    forgetful(trying),
    ...(promises.perfect === false ? [] : [perfectly(trying)]),
    ...(promises.tells === false ? [] : telling(trying)),
    ...(promises.commits === false ? [] : [committing(trying)]),
    ...(promises.trims === false ? [] : [trimmed(trying)]),
  ])
}
