import { type Cut, type Cutter, followedBytes, recordLimit, tooLong } from './cut.ts'

const [lineFeed, carriageReturn] = [0x0a, 0x0d]

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
    push: piece => {
      const cuts: Cut[] = []
      let start = 0
      for (let at = piece.indexOf(lineFeed); at >= 0; at = piece.indexOf(lineFeed, start)) {
        if (at === start && length === 0) number += 1
        else {
          const cut = lineOf(piece.subarray(start, at))
          if (cut !== undefined) cuts.push(cut)
        }
        start = at + 1
      }
      hold(piece.subarray(start))
      return cuts
    },
    end: () => {
      const cut = length === 0 ? undefined : lineOf(Buffer.alloc(0))
      return cut === undefined ? [] : [cut]
    },
    isLost: () => length > followedBytes,
  }
}
