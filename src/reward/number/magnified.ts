import { isGlued, type Token } from '../text/token.ts'
import { magnitudeNamed } from './magnitude.ts'
import { type Numeral, numeralAt } from './numeral.ts'
import { plus, type Rational, rational, times } from './rational.ts'

/** A numeral that could be read. */
export type ReadNumeral = Numeral & { readonly value: Rational }

/** Most words that multiply one number: "3 hundred thousand". */
const mostMagnitudes = 3

/** Multiplies a numeral by the words behind it; "3万5千" adds up. */
export const magnified = (tokens: readonly Token[], numeral: ReadNumeral): ReadNumeral => {
  let { value, next, decimals } = numeral
  for (let count = 0; count < mostMagnitudes; count++) {
    const found = tokens[next]
    if (found?.kind !== 'word') break
    const factor = magnitudeNamed(found.text, found.gap)
    if (factor === null) break
    value = times(value, rational(factor))
    decimals = Math.max(0, decimals - (factor.toString().length - 1))
    next++
    const smaller = found.ideographs && isGlued(tokens, next) ? numeralAt(tokens, next) : null
    const behind = smaller === null ? undefined : tokens[smaller.next]
    const unit = behind?.ideographs ? magnitudeNamed(behind.text, behind.gap) : null
    if (smaller?.value != null && unit !== null && unit < factor) {
      value = plus(value, times(smaller.value, rational(unit)))
      next = smaller.next + 1
    }
  }
  return { value, next, decimals }
}
