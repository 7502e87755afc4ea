import { either as E } from 'fp-ts'

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"' }

const unquote = (text: string): string =>
  text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/gs,
    (whole, x?: string, u?: string, long?: string, one?: string) => {
      const hex = x ?? u ?? long
      if (hex !== undefined) return String.fromCodePoint(Math.min(Number.parseInt(hex, 16), 0x10ffff))
      return escapes[one ?? ''] ?? whole
    },
  )

const element = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(,|\]\s*$)/sy

/**
 * Reads a list of texts that Python wrote with `str(list)`: `['A. it', "B. it's"]`. JSON lists of plain texts are read
 * alike. Anything else is `Left` with the place where it stopped making sense. Linear in the length of the text.
 */
export const pythonList = (text: string): E.Either<string, readonly string[]> => {
  const open = /^\s*\[\s*/.exec(text)
  if (open === null) return E.left('no list: it does not begin with "["')
  if (/^\]\s*$/.test(text.slice(open[0].length))) return E.right([])
  const items: string[] = []
  let at = open[0].length
  for (;;) {
    element.lastIndex = at
    const found = element.exec(text)
    if (found === null) return E.left(`no quoted text at character ${at}`)
    items.push(unquote(found[1] ?? found[2] ?? ''))
    at = element.lastIndex
    if (found[3] !== ',') return E.right(items)
    if (/^\s*\]\s*$/.test(text.slice(at, at + 64)) && text.slice(at).trim() === ']') return E.right(items)
  }
}
