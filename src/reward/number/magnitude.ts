import { type Rational, rational } from './rational.ts'

const powers = (word: string, power: number): readonly (readonly [string, bigint])[] =>
  [word, `${word}s`].map(name => [name, 10n ** BigInt(power)])

/** Words that multiply the number before them. */
const words: ReadonlyMap<string, bigint> = new Map([
  ['dozen', 12n],
  ['dozens', 12n],
  ...powers('hundred', 2),
  ...powers('thousand', 3),
  ...powers('lakh', 5),
  ...powers('lac', 5),
  ...powers('million', 6),
  ...powers('mn', 6),
  ...powers('mln', 6),
  ...powers('crore', 7),
  ...powers('billion', 9),
  ...powers('bn', 9),
  ...powers('bln', 9),
  ...powers('trillion', 12),
  ...powers('tn', 12),
  ...powers('trn', 12),
  ...powers('quadrillion', 15),
])

/** Letters that multiply when they stand right behind the digits: "3k", "5M". */
const glued: ReadonlyMap<string, bigint> = new Map([
  ['k', 10n ** 3n],
  ['K', 10n ** 3n],
  ['M', 10n ** 6n],
  ['b', 10n ** 9n],
  ['B', 10n ** 9n],
  ['T', 10n ** 12n],
])
/** Letters that multiply after a space; "5 K" are kelvins and "5 B" bytes. */
const spaced: ReadonlyMap<string, bigint> = new Map([
  ['k', 10n ** 3n],
  ['M', 10n ** 6n],
])

/** "千万亿" has three characters. */
const longestMagnitude = 4

const digits: Readonly<Record<string, bigint>> = {
  〇: 0n,
  零: 0n,
  一: 1n,
  二: 2n,
  两: 2n,
  兩: 2n,
  三: 3n,
  四: 4n,
  五: 5n,
  六: 6n,
  七: 7n,
  八: 8n,
  九: 9n,
}
const places: Readonly<Record<string, bigint>> = { 十: 10n, 百: 100n, 千: 1000n }
const myriads: Readonly<Record<string, bigint>> = { 万: 10n ** 4n, 萬: 10n ** 4n, 亿: 10n ** 8n, 億: 10n ** 8n }

/** What a word multiplies by that follows a number; null when it does not. */
export const magnitudeNamed = (word: string, gap: boolean): bigint | null => {
  const named = (gap ? spaced : glued).get(word) ?? words.get(word.toLowerCase())
  if (named !== undefined) return named
  if (word === '' || word.length > longestMagnitude) return null
  let product = 1n
  for (const character of word) {
    const factor = places[character] ?? myriads[character]
    if (factor === undefined) return null
    product *= factor
  }
  return product
}

/** The longest Chinese numeral that is read. */
const longest = 24

/** "三百二十一", "十二", "二〇二四": a whole number in Chinese numerals; null for anything else. */
export const chineseNumeral = (word: string): Rational | null => {
  if (word.length === 0 || word.length > longest) return null
  const characters = Array.from(word)
  if (characters.every(c => c in digits)) return rational(BigInt(characters.map(c => digits[c]).join('')))
  let whole = 0n
  let group = 0n
  let digit: bigint | null = null
  let least = 10n ** 20n
  for (const c of characters) {
    const [value, place, myriad] = [digits[c], places[c], myriads[c]]
    if (value !== undefined) {
      if (digit !== null && digit !== 0n) return null
      digit = value
    } else if (place !== undefined) {
      group += (digit ?? 1n) * place
      digit = null
    } else if (myriad !== undefined) {
      const part = group + (digit ?? 0n)
      if (myriad >= least || part === 0n) return null
      whole += part * myriad
      group = 0n
      digit = null
      least = myriad
    } else return null
  }
  return rational(whole + group + (digit ?? 0n))
}

const below20 =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  )
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ')

const numberWords: ReadonlyMap<string | null, number> = new Map([
  ...below20.map((word, value) => [word, value] as const).filter(([word]) => word !== 'one'),
  ...tens.map((word, i) => [word, (i + 2) * 10] as const),
])

/** The value of an English number word up to ninety; null for others, and for "one", which is a pronoun more often. */
export const numberWord = (word: string | null): number | null => numberWords.get(word) ?? null
