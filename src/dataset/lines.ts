import { type Cut, type Cutter, followedBytes, recordLimit, tooLong } from './cut.ts'

const [lineFeed, carriageReturn] = [0x0a, 0x0d]

/** How many lines without a character begin here, one after the other, and where they end. */
const blankLines = (piece: Buffer, from: number): { readonly lines: number; readonly end: number } => {
  let [lines, end] = [0, from]
  for (;;) {
    if (piece[end] === lineFeed) end += 1
    else if (piece[end] === carriageReturn && piece[end + 1] === lineFeed) end += 2
    else return { lines, end }
    lines += 1
  }
}

/**
 * Cuts lines, numbered from `first`; blank ones are counted and left out. A line that is too long is one `Cut` that says
 * so, and the next line is read. Holds the line that has not ended. Linear.
 */
export const lineCutter = (first = 1): Cutter => {
  let number = first
  let held: Buffer[] = []
  let length = 0

  const lineOf = (last: Buffer): Cut | undefined => {
    const place = `line ${number}`
    number += 1
    const bytes = held.length === 0 ? last : Buffer.concat([...held, last])
    const isLong = length + last.length > recordLimit
    held = []
    length = 0
    if (isLong) return { place, wrong: tooLong }
    return bytes.length === 0 || (bytes.length === 1 && bytes[0] === carriageReturn) ? undefined : { place, bytes }
  }
  const hold = (rest: Buffer): void => {
    length += rest.length
    if (length > recordLimit) held = []
    else if (rest.length > 0) held.push(Buffer.from(rest))
  }
  return {
    *push(piece) {
      let start = 0
      for (;;) {
        if (length === 0) {
          const blank = blankLines(piece, start)
          number += blank.lines
          start = blank.end
        }
        const at = piece.indexOf(lineFeed, start)
        if (at < 0) break
        const cut = lineOf(piece.subarray(start, at))
        start = at + 1
        if (cut !== undefined) yield cut
      }
      hold(piece.subarray(start))
    },
    end: () => {
      const cut = length === 0 ? undefined : lineOf(Buffer.alloc(0))
      return cut === undefined ? [] : [cut]
    },
    isLost: () => length > followedBytes,
  }
}
