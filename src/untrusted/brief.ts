import { visible } from './visible.ts'

/**
 * A text of at most about so many characters: of a longer one the start and the end, and between them how much is left
 * out. Control characters are shown.
 */
export const cut = (text: string, characters: number): string => {
  const shorter = (whole: string, length: number): string => {
    if (whole.length <= characters) return whole
    const end = Math.floor(characters / 4)
    return `${whole.slice(0, characters - end)} … (${length} characters) … ${whole.slice(whole.length - end)}`
  }
  const short = shorter(text, text.length)
  const shown = visible(short)
  return shown.length <= short.length ? shown : shorter(shown, text.length)
}

/** A value with few elements, short texts and little depth in place of one of any size. */
const pruned = (value: unknown, characters: number, depth: number): unknown => {
  if (typeof value === 'string') return value.length > characters ? `${value.slice(0, characters)}…` : value
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return '…'
  if (Array.isArray(value)) {
    const first = value.slice(0, 12).map(inner => pruned(inner, characters, depth - 1))
    return value.length > first.length ? [...first, '…'] : first
  }
  const first: [string, unknown][] = []
  for (const name in value)
    if (Object.hasOwn(value, name)) {
      if (first.push([name.slice(0, characters), pruned(Reflect.get(value, name), characters, depth - 1)]) > 12) break
    }
  return Object.fromEntries(first)
}

/**
 * A value as JSON in at most about so many characters (80), for a message: however large or deep the value is, no more
 * of it is looked at than is shown. `nothing` for undefined.
 */
export const brief = (value: unknown, characters = 80): string => {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(pruned(value, characters, 4)) ?? typeof value
  return visible(text.length > characters ? `${text.slice(0, characters - 1)}…` : text)
}
