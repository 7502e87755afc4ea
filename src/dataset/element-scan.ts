import { nestingLimit } from '../untrusted/index.ts'

const [quote, backslash, space, lineFeed, comma, colon] = [0x22, 0x5c, 0x20, 0x0a, 0x2c, 0x3a]
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d]

/**
 * Where and why scanning stopped: no more bytes; at the comma or bracket after the element (`end`); at the bracket with which another
 * element begins though this one has not ended (`split`); where quotes no longer tell texts from the rest (`broken`).
 */
export interface Stop {
  readonly why: 'more' | 'end' | 'split' | 'broken'
  readonly at: number
}

/** Finds where an element of a JSON array, or a member of an object, ends, from its brackets and quotes alone: whether it is JSON, its parser says. */
export interface ElementScan {
  /**
   * A new element; with `blind`, one whose quotes are broken or whose brackets never close: quotes are not noticed then, and
   * another element begins where one begins a line, or begins with the bytes given.
   */
  readonly begin: (blind?: { readonly beginning: Buffer }) => void
  readonly scan: (bytes: Buffer, from: number) => Stop
  /** Whether brackets did not match, or quotes were broken. */
  readonly isWrong: () => boolean
}

/** The brackets that are open. Beyond the limit they are only counted. */
const openBrackets = () => {
  const kinds = new Uint8Array(nestingLimit)
  let depth = 0
  return {
    clear: () => {
      depth = 0
    },
    depth: () => depth,
    isInObject: () => depth > 0 && depth <= nestingLimit && kinds[depth - 1] === openObject,
    open: (kind: number) => {
      if (depth < nestingLimit) kinds[depth] = kind
      depth += 1
    },
    /** Closes the innermost bracket of the kind, and those inside it. Says whether it was the innermost of all, or there was none. */
    close: (kind: number): 'innermost' | 'outer' | 'none' => {
      if (depth > nestingLimit || kinds[depth - 1] === kind) {
        depth -= 1
        return 'innermost'
      }
      const place = kinds.subarray(0, depth).lastIndexOf(kind)
      if (place < 0) return 'none'
      depth = place
      return 'outer'
    },
  }
}

/** Whether a value may follow what stands before it: nothing, a comma, a colon or an opening bracket. */
const mayBegin = (last: number): boolean =>
  last === 0 || last === comma || last === colon || last === openList || last === openObject

const mayFollowText = (byte: number): boolean =>
  byte === comma || byte === colon || byte === closeList || byte === closeObject

/** The place of the next byte in a text that is not simply a part of it; most bytes of a file are looked at here and nowhere else. */
const endOfPlain = (bytes: Buffer, from: number, length: number): number => {
  let at = from
  for (; at < length; at++) {
    const byte = bytes[at]!
    if (byte === quote || byte === backslash || byte < space) break
  }
  return at
}

/** Scans the elements of what the bracket closes: an array, or an object whose members are cut with their names. */
export const elementScan = (closer: ']' | '}' = ']'): ElementScan => {
  const closes = closer === ']' ? closeList : closeObject
  const brackets = openBrackets()
  let [isBlind, isWrong, isInText, last] = [false, false, false, 0]
  let beginning: Buffer = Buffer.alloc(0)

  /** Whether another element begins at this bracket, though the one before has not ended. */
  const isNext = (bytes: Buffer, at: number): boolean => {
    if (bytes[at] !== openObject || last !== comma || brackets.depth() === 0) return false
    if (!isBlind) return brackets.isInObject()
    const end = at + beginning.length
    return bytes[at - 1] === lineFeed || (end > at && bytes.subarray(at, end).equals(beginning))
  }

  /** What a byte outside of texts means; undefined to go on. */
  const outside = (bytes: Buffer, at: number): Stop['why'] | undefined => {
    const byte = bytes[at]!
    if (!isBlind && last === quote && !mayFollowText(byte)) return 'broken'
    if (byte === quote && !isBlind) {
      if (!mayBegin(last)) return 'broken'
      isInText = true
    } else if (byte === openList || byte === openObject) {
      if (isNext(bytes, at)) return 'split'
      if (!isBlind && !mayBegin(last)) return 'broken'
      brackets.open(byte)
    } else if (byte === closeList || byte === closeObject) {
      if (brackets.depth() === 0 && byte === closes) return 'end'
      const closed = brackets.depth() === 0 ? 'none' : brackets.close(byte === closeList ? openList : openObject)
      if (closed !== 'innermost') isWrong = true
    } else if (byte === comma && brackets.depth() === 0) return 'end'
    last = byte
    return undefined
  }

  return {
    begin: blind => {
      brackets.clear()
      isBlind = blind !== undefined
      isWrong = isBlind
      beginning = blind?.beginning ?? beginning
      isInText = false
      last = 0
    },
    isWrong: () => isWrong,
    scan: (bytes, from) => {
      const { length } = bytes
      for (let at = from; at < length; at++) {
        if (isInText) {
          at = endOfPlain(bytes, at, length)
          if (at === length) break
          const byte = bytes[at]!
          if (byte === quote) {
            isInText = false
            last = quote
          } else if (byte !== backslash) return { why: 'broken', at }
          else if (at + 1 === length) return { why: 'more', at }
          else at += 1
        } else if (bytes[at]! > space) {
          const why = outside(bytes, at)
          if (why !== undefined) return { why, at }
        }
      }
      return { why: 'more', at: length }
    },
  }
}
