import { suggestion } from '../../../run/index.ts'

/** What there is instead of a word that means nothing here: the one that is nearest, whatever its capitals, or all. */
export const nearest = (word: string, known: readonly string[]): string => {
  const alike = known.find(one => one.toLowerCase() === word.toLowerCase())
  return alike === undefined ? suggestion(word, known) : `Did you mean ${alike}?`
}
