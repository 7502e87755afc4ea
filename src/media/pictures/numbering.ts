const inOrder = new Intl.Collator('en', { numeric: true })

/** Names in natural order: numbers in them by value, so that `2.jpg` stands before `10.jpg`. */
export const naturalOrder = (names: readonly string[]): readonly string[] =>
  [...names].sort((a, b) => inOrder.compare(a, b) || (a < b ? -1 : 1))

/** A name without its ending, taken apart: every second piece is digits. */
const piecesOf = (name: string): readonly string[] => name.replace(/\.[^.]*$/, '').split(/(\d+)/)
const patternOf = (name: string): string =>
  piecesOf(name)
    .map((piece, i) => (i % 2 === 1 ? '#' : piece))
    .join('')

/** The pattern that most names have. */
const usualPattern = (names: readonly string[]): string => {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(patternOf(name), (counts.get(patternOf(name)) ?? 0) + 1)
  return [...counts].reduce((most, next) => (next[1] > most[1] ? next : most), ['', 0])[0]
}

/** The one run of digits that differs among names of one pattern; nothing where none does, or several do. */
const numberColumn = (names: readonly string[]): number | undefined => {
  const pieces = names.map(piecesOf)
  const differing = piecesOf(names[0] ?? '').flatMap((first, i) =>
    i % 2 === 1 && pieces.some(of => of[i] !== first) ? [i] : [],
  )
  return differing.length === 1 ? differing[0] : undefined
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b))

/** The name with another number in a column, as wide as it was. */
const renumbered = (name: string, column: number, number: number): string => {
  const pieces = piecesOf(name).map((piece, i) => (i === column ? String(number).padStart(piece.length, '0') : piece))
  return pieces.join('') + (/\.[^.]*$/.exec(name)?.[0] ?? '')
}

/** What is wrong with the numbers of one column: one twice, or one left out of an even row, such as 0, 10, 20, 40. */
const wrongNumber = (names: readonly string[], column: number): string | undefined => {
  const numbers = names.map(name => Number(piecesOf(name)[column]))
  if (!numbers.every(Number.isSafeInteger)) return undefined
  const steps = numbers.slice(1).map((number, i) => number - numbers[i]!)
  const twice = steps.indexOf(0)
  if (twice >= 0) return `${names[twice]} and ${names[twice + 1]} have the same number`
  const step = steps.reduce(greatestDivisor, 0)
  const gap = steps.findIndex(found => found !== step)
  if (gap < 0) return undefined
  const missing = steps.reduce((sum, found) => sum + found / step - 1, 0)
  const first = renumbered(names[gap]!, column, numbers[gap]! + step)
  const more = missing > 1 ? `, and ${missing - 1} more` : ''
  return `${first} is missing between ${names[gap]} and ${names[gap + 1]}${more}`
}

/** The first two names that are the same but for their endings. */
const twins = (names: readonly string[]): readonly [string, string] | undefined => {
  const seen = new Map<string, string>()
  for (const name of names) {
    const stem = piecesOf(name).join('')
    const before = seen.get(stem)
    if (before !== undefined) return [before, name]
    seen.set(stem, name)
  }
  return undefined
}

/**
 * What is wrong with the names of a row of pictures in natural order, or nothing: a name of another pattern than most have, a number
 * that is missing, a number or a name twice. Names without numbers, or with several that differ, such as times, tell nothing.
 */
export const wrongNumbering = (names: readonly string[]): string | undefined => {
  const twin = twins(names)
  if (twin !== undefined) return `${twin.join(' and ')} differ in their endings alone`
  if (!names.some(name => patternOf(name).includes('#'))) return undefined
  const usual = usualPattern(names)
  const other = names.find(name => patternOf(name) !== usual)
  if (other !== undefined) return `${other} has another pattern than ${names.find(name => patternOf(name) === usual)}`
  const column = numberColumn(names)
  return column === undefined ? undefined : wrongNumber(names, column)
}
