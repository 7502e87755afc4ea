import { isGlued, isMark, type Token, wordAt } from '../text/token.ts'
import { type Unit, unitTimes, unitToPower } from './unit.ts'
import { unitsNamed } from './unit-names.ts'

/** Units that were read, all their meanings, and the token behind them. */
export interface UnitReading {
  readonly units: readonly Unit[]
  readonly next: number
}

const before: ReadonlyMap<string | null, number> = new Map([
  ['square', 2],
  ['sq', 2],
  ['cubic', 3],
  ['cu', 3],
])
const behind: ReadonlyMap<string | null, number> = new Map([
  ['squared', 2],
  ['cubed', 3],
])
/** The most factors that a unit has. */
const mostFactors = 6

/** A power of a unit has one digit. */
const smallPower = (digits: string): number | null => (/^[1-9]$/.test(digits) ? Number(digits) : null)

/** "^2", "2" right behind the name, "squared", "^-1". */
const powerAt = (tokens: readonly Token[], at: number): { readonly power: number; readonly next: number } => {
  const word = behind.get(wordAt(tokens, at))
  if (word !== undefined) return { power: word, next: at + 1 }
  const marked = isMark(tokens, at, '^') && isGlued(tokens, at)
  const sign = marked && isMark(tokens, at + 1, '-+') ? 1 : 0
  // "m2" is an area; the 5 of "3米5" and the 6 of 5'6" are no powers.
  const named = tokens[at - 1]!.kind === 'word' && !tokens[at - 1]!.ideographs
  if (!marked && !named) return { power: 1, next: at }
  const digits = tokens[marked ? at + 1 + sign : at]
  const power = digits?.kind === 'digits' && !digits.gap ? smallPower(digits.text) : null
  if (power === null) return { power: 1, next: at }
  return marked
    ? { power: tokens[at + 1]!.text === '-' ? -power : power, next: at + 2 + sign }
    : { power, next: at + 1 }
}

/** A name as it may be written with a degree sign before it: "°C", "° F". */
const nameAt = (tokens: readonly Token[], at: number): { readonly units: readonly Unit[]; readonly next: number } => {
  const found = tokens[at]
  if (found === undefined) return { units: [], next: at }
  if (found.text === '°' || found.low === 'degree' || found.low === 'degrees' || found.low === 'deg') {
    const scale = unitsNamed(`${tokens[at + 1]?.text}`).filter(unit => 'temperature' in unit.dimensions)
    if (scale.length > 0 && tokens[at + 1]!.kind === 'word') return { units: scale, next: at + 2 }
  }
  if (found.text === "'" && isMark(tokens, at + 1, "'") && isGlued(tokens, at + 1))
    return { units: unitsNamed(`''`), next: at + 2 }
  return { units: unitsNamed(found.text), next: at + 1 }
}

const factorAt = (tokens: readonly Token[], at: number): UnitReading | null => {
  const power = before.get(wordAt(tokens, at))
  const behindWord = isMark(tokens, at + 1, '.') ? at + 2 : at + 1
  const { units, next } = nameAt(tokens, power === undefined ? at : behindWord)
  if (units.length === 0) return null
  const raised = powerAt(tokens, next)
  const exponent = (power ?? 1) * raised.power
  return { units: exponent === 1 ? units : units.map(unit => unitToPower(unit, exponent)), next: raised.next }
}

/** What binds the next factor: 1 as a product, −1 as a quotient, 0 not at all. */
const bindingAt = (tokens: readonly Token[], at: number): 1 | -1 | 0 => {
  if (isMark(tokens, at, '/') || wordAt(tokens, at) === 'per' || wordAt(tokens, at) === '每') return -1
  return isMark(tokens, at, '·×') ? 1 : 0
}

/** "m", "km/h", "kg·m/s^2", "square metres", "metres per second": a unit from a token on; null when there is none. */
export const unitAt = (tokens: readonly Token[], at: number): UnitReading | null => {
  let found = factorAt(tokens, at)
  for (let factors = 1; found !== null && factors < mostFactors; factors++) {
    const { units, next } = found
    const binding = bindingAt(tokens, next)
    // "kg m^2": a space multiplies only where a power shows that a unit follows.
    const spaced = tokens[next]?.gap === true && powerAt(tokens, next + 1).power !== 1
    const factor = binding !== 0 ? factorAt(tokens, next + 1) : spaced ? factorAt(tokens, next) : null
    if (factor === null) return found
    const first = factor.units[0]!
    found = {
      units: units.map(unit => unitTimes(unit, binding === -1 ? unitToPower(first, -1) : first)),
      next: factor.next,
    }
  }
  return found
}
