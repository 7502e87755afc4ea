import type { ProblemType } from '../dataset/index.ts'
import { rouge } from './rouge.ts'
import { wordErrorRate } from './wer.ts'

/**
 * The rewards of Video-R1 with their quirks repaired; each repair stands at its function. The metric of each type is
 * the paper's (section 7.2): option match, number match, 1 − WER, mean ROUGE, 1 − relative error.
 */

/** "B", "b", "(B)", "B.", "B) the cat", "option B", "**B**" are the letter B; anything that does not start so is no letter. */
export const optionLetter = (text: string): string | null =>
  /^[\s*("'[]*(?:(?:option|answer|choice)\s*:?\s*)?[("'[*]*([a-z])(?:[\s.):\]"'*]*$|[.):\]*]+\s)/i
    .exec(text.trim().slice(0, 200))?.[1]
    ?.toUpperCase() ?? null

const plain = (text: string): string => text.trim().replace(/\s+/g, ' ').replace(/\.$/, '').toLowerCase()

/** Repair: the letter is read out of its dressing. A truth that is no letter is compared as text without case. */
const choice = (answer: string, truth: string): number => {
  const wanted = optionLetter(truth)
  return (wanted === null ? plain(answer) === plain(truth) : optionLetter(answer) === wanted) ? 1 : 0
}

const written =
  /^([+\-−]?)\s*[$€£¥]?\s*((?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:e[+-]?\d+)?)\s*(?:[%°]|[a-z][a-z./²³]*)?\.?$/i

export interface WrittenNumber {
  readonly value: number
  readonly decimals: number
}

/**
 * A number as people write it: "1,000", "$5", "5%", "42 cm", "−3". Repair: a comma is a thousands separator where it
 * stands like one and nothing else; currency before and a unit after are left aside; NaN and infinity are no numbers.
 */
export const writtenNumber = (text: string): WrittenNumber | null => {
  const [, sign = '', digits = ''] = written.exec(text.trim().slice(0, 400).replace(/\s+/g, ' ')) ?? []
  if (!/\d/.test(digits)) return null
  const size = Number(digits.replaceAll(',', ''))
  if (!Number.isFinite(size)) return null
  const decimals = /\.(\d*)/.exec(digits)?.[1]?.length ?? 0
  return { value: sign === '' || sign === '+' ? size : -size, decimals }
}

/** Repair: "3.0" is 3; compared to two decimals, or to as many as the truth has, so that 0.001 is not 0.004. */
const numerical = (answer: WrittenNumber, truth: WrittenNumber): number => {
  const step = 10 ** -Math.max(2, truth.decimals)
  return Math.abs(answer.value - truth.value) <= step / 2 + 1e-9 * Math.abs(truth.value) ? 1 : 0
}

/** Repair: 0 against 0 is right. */
const regression = (answer: WrittenNumber, truth: WrittenNumber): number => {
  const error = Math.abs(answer.value - truth.value)
  return error === 0 ? 1 : 1 - Math.min(1, error / Math.max(Math.abs(truth.value), 1e-9))
}

const wordsOf = (text: string): readonly string[] =>
  text
    .normalize('NFC')
    .split(/\s+/)
    .filter(word => word !== '')
const scripted = /[^\p{ASCII}\p{P}\p{S}\p{Z}]/u

/** Whether the truth can be scored at all under its type. */
export const scorable = (type: ProblemType, truth: string): boolean =>
  type === 'numerical' || type === 'regression' ? writtenNumber(truth) !== null : truth.trim() !== ''

/** The reward of an answer for a truth that `scorable` holds of. */
export const repairedAccuracy = (type: ProblemType, answer: string, truth: string): number => {
  switch (type) {
    case 'multiple choice':
      return choice(answer, truth)
    case 'OCR':
      // Repair: one Unicode form; "é" typed in two ways is one letter.
      return Math.max(0, 1 - wordErrorRate(wordsOf(truth), wordsOf(answer)))
    case 'free-form':
      // Repair: a truth in another script than English is not empty of words.
      return rouge(truth, answer, scripted.test(truth) ? 'unicode' : 'ascii')
    case 'numerical':
    case 'regression': {
      const a = writtenNumber(answer)
      const t = writtenNumber(truth)
      if (a === null || t === null) return 0
      return type === 'numerical' ? numerical(a, t) : regression(a, t)
    }
  }
}
