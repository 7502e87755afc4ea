/**
 * One written form for texts that look alike: Unicode's NFKC (full-width letters, ligatures, composed accents), one
 * kind of quote and of dash, and nothing that cannot be seen (zero-width characters, variation selectors).
 */

const quotes = /[\u2018\u2019\u201a\u201b\u02bc\u2032\u00b4]/g
const doubleQuotes = /[\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb]/g
const dashes = /[\u2010-\u2015\u2212]/g
const degrees = /[\u00ba\u02da]/g
const invisible = /\p{Cf}|\u034f|[\ufe00-\ufe0f]/gu

/**
 * Breaks runs of more than 30 combining marks, as Unicode's stream-safe format does (UAX #15, section 13): a run
 * without end takes a normaliser time quadratic in its length.
 */
export const streamSafe = (text: string): string => text.replace(/\p{M}{30}/gu, '$&\u034f')

/** The text in its one form. Case and white space stay as they are. Time linear in the text. */
export const foldText = (text: string): string =>
  streamSafe(text)
    .replace(quotes, "'")
    .replace(doubleQuotes, '"')
    .replace(degrees, '°')
    .normalize('NFKC')
    .replace(dashes, '-')
    .replace(invisible, '')

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹'
const written: Readonly<Record<string, string>> = { '⁻': '-', '⁺': '+' }
const inPower = (character: string): string => written[character] ?? String(superscripts.indexOf(character))

/**
 * Writes out what NFKC would run together: "1½" as "1 1/2" and not "11/2", "10³" as "10^3" and not "103". To be called
 * before `foldText`.
 */
export const spellMath = (text: string): string =>
  text
    .replace(/[¼-¾⅐-⅞↉]/g, fraction => ` ${fraction.normalize('NFKC').replace('\u2044', '/')}`)
    .replace(/[⁰¹²³⁴-⁹⁺⁻]+(?!\u2044)/g, power => `^${Array.from(power, inPower).join('')}`)
    .replaceAll('\u2044', '/')
    .replace(/[\u2219\u22c5]/g, '·')
    .replace(/[\u2715\u2a2f]/g, '×')

/** How texts are compared whole: folded, lower-case, white space as one space, no punctuation at the ends. */
export const plainText = (text: string): string => {
  const folded = foldText(text).toLowerCase().replace(/\s+/g, ' ')
  const isEdge = (at: number): boolean => ' .,;:!?"\'。、*`'.includes(folded.charAt(at))
  let start = 0
  let end = folded.length
  while (start < end && isEdge(start)) start++
  while (end > start && isEdge(end - 1)) end--
  return folded.slice(start, end)
}
