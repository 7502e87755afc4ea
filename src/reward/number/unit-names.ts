import { exactly, powerOfTen, times } from './rational.ts'
import type { Unit } from './unit.ts'
import { currencies, type UnitEntry, unitEntries } from './unit-table.ts'

/** Prefixes of the SI: symbol, name, power of ten. */
const prefixes: readonly (readonly [string, string, number])[] = [
  ['p', 'pico', -12],
  ['n', 'nano', -9],
  ['μ', 'micro', -6],
  ['u', 'micro', -6],
  ['m', 'milli', -3],
  ['c', 'centi', -2],
  ['d', 'deci', -1],
  ['da', 'deca', 1],
  ['h', 'hecto', 2],
  ['k', 'kilo', 3],
  ['M', 'mega', 6],
  ['G', 'giga', 9],
  ['T', 'tera', 12],
  ['P', 'peta', 15],
]

/** A megabyte is written "mb" too, and no one means a thousandth of a byte. */
const leastOfData = 3
/** Symbols that mean something else in capitals: "US dollars" are no microseconds. */
const onlyAsWritten = new Set(['us'])

interface Names {
  /** As written. */
  readonly symbols: ReadonlyMap<string, readonly Unit[]>
  /** In lower case. */
  readonly words: ReadonlyMap<string, readonly Unit[]>
}

const listed = (text: string): readonly string[] => text.split(' ').filter(name => name !== '')

const collect = (entries: readonly UnitEntry[]): Names => {
  const symbols = new Map<string, Unit[]>()
  const words = new Map<string, Unit[]>()
  const add = (names: Map<string, Unit[]>, name: string, unit: Unit): unknown =>
    names.set(name, [...(names.get(name) ?? []), unit])
  for (const { symbols: short, names, dimensions, size, zero, prefixes: prefixed = false } of entries) {
    const scale = exactly(size)
    const unit: Unit = zero === undefined ? { dimensions, scale } : { dimensions, scale, zero: exactly(zero) }
    for (const name of listed(short)) add(symbols, name, unit)
    for (const name of listed(names)) add(words, name, unit)
    if (!prefixed) continue
    for (const [symbol, spelled, power] of prefixes) {
      if ('data' in dimensions && power < leastOfData) continue
      const larger: Unit = { dimensions, scale: times(scale, powerOfTen(power)) }
      for (const name of listed(short)) add(symbols, symbol + name, larger)
      if (symbol !== 'u') for (const name of listed(names)) add(words, spelled + name, larger)
    }
  }
  return { symbols, words }
}

const known = collect(unitEntries)
const knownCurrencies = collect(currencies)
/** Symbols of two letters and more that people write in capitals or small letters alike: "KM", "Kg". */
const anyCase = new Map<string, readonly Unit[]>()
for (const [name, units] of known.symbols)
  if (name.length > 1 && !onlyAsWritten.has(name) && !anyCase.has(name.toLowerCase()))
    anyCase.set(name.toLowerCase(), units)

const singular = (word: string): string => (word.endsWith('s') ? word.slice(0, -1) : word)

/** The meanings of a unit's name or symbol, the likeliest first; none when it is no unit. */
export const unitsNamed = (name: string): readonly Unit[] => {
  const low = name.toLowerCase()
  const words = known.words.get(low) ?? known.words.get(singular(low)) ?? []
  const symbols = known.symbols.get(name) ?? (words.length > 0 || name.length < 2 ? [] : (anyCase.get(low) ?? []))
  return [...symbols, ...words]
}

/** The meanings of what stands before a number as a currency does: "$", "USD". */
export const currenciesNamed = (name: string): readonly Unit[] =>
  knownCurrencies.symbols.get(name) ?? knownCurrencies.symbols.get(name.toUpperCase()) ?? []

/** The names that scripts without spaces have for units. */
export const ideographicUnits: readonly string[] = [...known.symbols.keys()].filter(
  name => /[^\p{ASCII}°μΩΩ¢€£¥₹₩₽]/u.test(name) && name.length > 1,
)
