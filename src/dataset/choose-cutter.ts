import { type Cutter, recordLimit } from './cut.ts'
import { elementCutter } from './elements.ts'
import { standingOf } from './envelope.ts'
import { listCutter, wholeCutter } from './envelope-cutter.ts'
import { lineCutter } from './lines.ts'

const [openList, openObject, lineFeed] = [0x5b, 0x7b, 0x0a]

/** How a file is cut, and its bytes from where that begins. */
export interface Chosen {
  readonly cutter: Cutter
  readonly bytes: Buffer
}

/** So many bytes of a file that begins with an object are looked at. */
const looked = 64 * 1024

/** The place of the first byte that is no white space of JSON, or the length where there is none; and how many lines end before it. */
const behindBlanks = (piece: Buffer): { readonly start: number; readonly lines: number } => {
  let [start, lines] = [0, 0]
  for (; start < piece.length; start++) {
    const byte = piece[start]!
    if (byte === lineFeed) lines += 1
    else if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) break
  }
  return { start, lines }
}

/** How to cut a file that begins with an object. */
const objectCutter = (bytes: Buffer, isAll: boolean, lines: number, under: string | undefined): Chosen => {
  const standing = standingOf(bytes, isAll, under)
  switch (standing.kind) {
    case 'list':
      return { cutter: listCutter(standing.under), bytes: bytes.subarray(standing.at) }
    case 'members':
      return { cutter: elementCutter({ of: 'object' }), bytes }
    case 'whole':
      return { cutter: wholeCutter(), bytes }
    case 'lines':
      return { cutter: lineCutter(lines), bytes }
  }
}

/**
 * Looks at the first bytes of a file until they say how it is to be cut: an array, one value a line, or an object around the records.
 * `take` is given piece after piece, and nothing at the end of the file; it gives nothing as long as it needs more, or the file is blank.
 * Throws where the file begins with more blank bytes than a record may have.
 */
export const cutterChoice = (under?: string): { readonly take: (piece?: Buffer) => Chosen | undefined } => {
  let held: Buffer = Buffer.alloc(0)
  let [blank, lines] = [0, 1]
  return {
    take: piece => {
      if (piece !== undefined) held = Buffer.concat([held, piece])
      const blanks = behindBlanks(held)
      lines += blanks.lines
      blank += blanks.start
      held = held.subarray(blanks.start)
      if (blank > recordLimit) throw new Error(`it begins with more than ${recordLimit} blank bytes`)
      if (held.length === 0) return undefined
      if (held[0] === openList) return { cutter: elementCutter(), bytes: held }
      if (held[0] !== openObject) return { cutter: lineCutter(lines), bytes: held }
      const isAll = piece === undefined
      return isAll || held.length >= looked ? objectCutter(held, isAll, lines, under) : undefined
    },
  }
}
