import type { Quantity } from './quantity.ts'
import { rational } from './rational.ts'

const written = /^(0|[1-9]\d{0,8})(?:\.(\d{1,6}))?$/

/**
 * A text that is a bare decimal and nothing else, "42" or "3.50", as `readNumber` reads it; nothing for every other text. Most truths are
 * so written, and reading them as a sentence takes a hundred times as long.
 */
export const plainNumber = (text: string): Quantity | undefined => {
  const found = written.exec(text)
  if (found === null) return undefined
  const [, whole = '', decimals = ''] = found
  const value = rational(BigInt(whole + decimals), 10n ** BigInt(decimals.length))
  return { value, decimals: decimals.length, units: [], share: 0, counts: false }
}
