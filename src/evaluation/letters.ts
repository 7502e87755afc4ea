import type { VideoRecord } from '../dataset/index.ts'
import { optionLetter } from '../reward/index.ts'

/** What an option says behind its label. */
const saidBy = (option: string): string => option.replace(/^\s*\(?[A-Z](?:[.):]|(?=\s))\s*/, '').trim()

const placeOf = (letter: string): number => letter.charCodeAt(0) - 65

/** The letters of all options that say the same as one: options with equal texts are one answer. */
const equalTo = (options: readonly string[], place: number): readonly string[] => {
  const said = options[place]
  if (said === undefined) return []
  return options.flatMap((option, at) => (saidBy(option) === saidBy(said) ? [String.fromCharCode(65 + at)] : []))
}

/**
 * The letters that answer a question of multiple choice rightly: that of its answer and those of options with the same text. Where the
 * file holds the answer as a text that several options say, all of theirs.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { rightLetters } from 'kinograd/evaluation'
 *
 * assert.deepEqual(rightLetters({ options: ['A. red', 'B. blue', 'C. red'], answer: 'A' }), ['A', 'C'])
 * ```
 */
export const rightLetters = ({ options, answer }: Pick<VideoRecord, 'options' | 'answer'>): readonly string[] => {
  const text = answer.trim()
  if (/^[A-Z]$/.test(text)) return options.length === 0 ? [text] : equalTo(options, placeOf(text))
  const place = options.findIndex(option => saidBy(option) === text)
  return equalTo(options, place)
}

/** The letter that a text commits itself to; of options with equal texts, that of the first whose text it says. */
export const letterIn = (text: string, options: readonly string[]): string | null => {
  const found = optionLetter(text, options)
  if (found !== null) return found
  const place = options.findIndex(
    option => saidBy(option).toLowerCase() === text.trim().replace(/\.$/, '').toLowerCase(),
  )
  return place < 0 ? null : String.fromCharCode(65 + place)
}
