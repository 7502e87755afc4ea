/**
 * How the records of a file stand that begins with an object: one a line; in a list under one of its fields, which begins at byte `at`; as
 * lists of its members' members (TempCompass); or the object is the only record.
 */
export type Standing =
  | { readonly kind: 'lines' | 'members' | 'whole' }
  | { readonly kind: 'list'; readonly under: string; readonly at: number }

/** Names under which data sets put the list of their records. */
const usual = new Set([
  'results',
  'data',
  'records',
  'questions',
  'annotations',
  'samples',
  'examples',
  'items',
  'rows',
])

const blank = /[\s]*/y

/** The place of the next character that is not blank. */
const behindBlanks = (text: string, from: number): number => {
  blank.lastIndex = from
  blank.test(text)
  return blank.lastIndex
}

/** The place behind the text in quotes that begins here; −1 where it has no end. */
const behindText = (text: string, from: number): number => {
  for (let at = from + 1; at < text.length; at++) {
    const one = text[at]
    if (one === '"') return at + 1
    if (one === '\\') at += 1
  }
  return -1
}

/** The place behind the value that begins here; −1 where it has no end. */
const behindValue = (text: string, from: number): number => {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const one = text[at]!
    if (one === '"') {
      at = behindText(text, at) - 1
      if (at < 0) return -1
    } else if (one === '{' || one === '[') depth += 1
    else if (one === '}' || one === ']') {
      depth -= 1
      if (depth <= 0) return depth < 0 ? at : at + 1
    } else if (one === ',' && depth === 0) return at
  }
  return -1
}

/** A field of an object as far as it can be seen: its name, where its value begins, and where that ends. */
interface Seen {
  readonly name: string
  readonly at: number
  readonly end: number
}

/** The fields of the object that begins here, until one that has no end or is none. */
function* fieldsOf(text: string, from: number): Generator<Seen> {
  let at = behindBlanks(text, from + 1)
  while (text[at] === '"') {
    const end = behindText(text, at)
    const colon = end < 0 ? -1 : behindBlanks(text, end)
    if (text[colon] !== ':') return
    const value = behindBlanks(text, colon + 1)
    if (value >= text.length) return
    const seen = { name: text.slice(at + 1, end - 1), at: value, end: behindValue(text, value) }
    yield seen
    if (seen.end < 0) return
    const comma = behindBlanks(text, seen.end)
    if (text[comma] !== ',') return
    at = behindBlanks(text, comma + 1)
  }
}

/** Whether a list of objects, or an empty one, begins here. */
const isListOfObjects = (text: string, at: number): boolean =>
  text[at] === '[' && ['{', ']'].includes(text[behindBlanks(text, at + 1)] ?? '')

/** Whether the first member of the object is an object whose first member is a list of objects. */
const holdsLists = (text: string, at: number): boolean => {
  const [first] = fieldsOf(text, at)
  const [inner] = first === undefined || text[first.at] !== '{' ? [] : fieldsOf(text, first.at)
  return inner !== undefined && isListOfObjects(text, inner.at) && text[inner.at + 1] !== ']'
}

/**
 * How the records of a file stand whose first bytes, from its first object on, are these: all of them, or enough. A list is taken for
 * that of the records where its field is named in `under` or has a usual name; or where the text is broken into lines before it, as no
 * file of one record a line is.
 */
export const standingOf = (bytes: Buffer, isAll: boolean, under?: string): Standing => {
  const text = bytes.toString('latin1')
  const end = behindValue(text, 0)
  const next = end < 0 ? text.length : behindBlanks(text, end)
  if (end >= 0 && next < text.length) return { kind: 'lines' }
  for (const { name, at } of fieldsOf(text, 0)) {
    if (!isListOfObjects(text, at)) continue
    const isNamed = under === undefined ? usual.has(name) : name === under
    const isOpen = end < 0 && under === undefined && text.slice(0, at).includes('\n')
    if (isNamed || isOpen) return { kind: 'list', under: name, at }
  }
  if (under === undefined && holdsLists(text, 0)) return { kind: 'members' }
  return isAll && end >= 0 && text.slice(0, end).includes('\n') ? { kind: 'whole' } : { kind: 'lines' }
}
