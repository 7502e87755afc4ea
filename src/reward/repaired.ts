import type { ProblemType } from '../dataset/index.ts'
import { readTokens } from './answer-tokens.ts'
import { choiceReward, isChoice } from './letter/reward.ts'
import { readNumber } from './number/answer.ts'
import { numericalReward, regressionReward } from './number/compare.ts'
import { plainNumber } from './number/plain.ts'
import type { Quantity } from './number/quantity.ts'
import { rougeOfWords } from './rouge.ts'
import { exactWords, looseWords } from './text/words.ts'
import { wordErrorRate } from './wer.ts'

/** How answers to one type of question are scored. */
interface Metric {
  /** Whether a truth can be scored at all. */
  readonly scorable: (truth: string, options: readonly string[]) => boolean
  /** The reward of an answer for a truth that can. */
  readonly reward: (answer: string, truth: string, options: readonly string[]) => number
}

/**
 * A reader that remembers the text it read last: a truth is read to see whether it can be scored, and to score with, and most answers that
 * are right are written as their truths are.
 */
const latest = <A>(read: (text: string) => A): ((text: string) => A) => {
  let last: { readonly text: string; readonly found: A } | undefined
  return text => {
    if (last?.text !== text) last = { text, found: read(text) }
    return last.found
  }
}

const number = latest(text => plainNumber(text) ?? readNumber(readTokens(text)))
const exact = latest(exactWords)
const loose = latest(looseWords)

const ofNumbers = (reward: (answer: Quantity, truth: Quantity) => number): Metric => ({
  scorable: truth => number(truth) !== null,
  reward: (answer, truth) => {
    const right = number(truth)
    const given = number(answer)
    return given === null || right === null ? 0 : reward(given, right)
  },
})

/**
 * The metrics of the paper (VideoP2R, arXiv 2511.11113, section 7.2: option match, number match, 1 − WER, mean ROUGE,
 * 1 − relative error) on answers that are read as a person would read them. What differs from Video-R1's functions
 * stands in docs/process-rl.md.
 */
export const repaired: Readonly<Record<ProblemType, Metric>> = {
  'multiple choice': { scorable: isChoice, reward: choiceReward },
  numerical: ofNumbers(numericalReward),
  regression: ofNumbers(regressionReward),
  OCR: {
    scorable: truth => exact(truth).length > 0,
    reward: (answer, truth) => Math.max(0, 1 - wordErrorRate(exact(truth), exact(answer))),
  },
  'free-form': {
    scorable: truth => loose(truth).length > 0,
    reward: (answer, truth) => rougeOfWords(loose(truth), loose(answer)),
  },
}
