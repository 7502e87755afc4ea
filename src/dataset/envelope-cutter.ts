import { either as E } from 'fp-ts'
import { parseJson } from '../untrusted/index.ts'
import { type Cut, type Cutter, recordLimit, tooLong } from './cut.ts'
import { elementCutter } from './elements.ts'

/** What follows the records in their object is looked at up to this many bytes. */
const behindLimit = 1024 * 1024

/** What is wrong behind the records of an object, or nothing. */
const wrongBehind = (under: string, behind: Buffer, length: number): string | undefined => {
  if (length > behindLimit) return `is not the last: more than ${behindLimit} bytes follow the list "${under}"`
  const rest = parseJson(`{"records": []${behind.toString('utf8')}`)
  return E.isLeft(rest) ? `does not end well: behind the list "${under}" the file ${rest.left}` : undefined
}

/**
 * Cuts the records of a list that stands under a field of an object: `{"results": […], "final_acc": […]}`. Its bytes begin with the
 * list. What follows the list must end the object; it is not kept.
 */
export const listCutter = (under: string): Cutter => {
  let behind: Buffer = Buffer.alloc(0)
  let [length, isBehind] = [0, false]
  const list = elementCutter({
    behind: bytes => {
      isBehind = true
      length += bytes.length
      if (length <= behindLimit) behind = Buffer.concat([behind, bytes])
    },
  })
  return {
    push: list.push,
    isLost: list.isLost,
    end: () => {
      const cuts = list.end()
      if (!isBehind && cuts.length > 0) return cuts
      const wrong = wrongBehind(under, behind, length)
      return wrong === undefined ? cuts : [...cuts, { place: 'the object around the records', wrong }]
    },
  }
}

/** The whole file as one record: an object that stands alone, on several lines. */
export const wholeCutter = (): Cutter => {
  let [pieces, length]: [Buffer[], number] = [[], 0]
  return {
    push: piece => {
      length += piece.length
      pieces = length > recordLimit ? [] : [...pieces, Buffer.from(piece)]
      return []
    },
    isLost: () => length > recordLimit,
    end: (): readonly Cut[] => {
      const place = 'its only object'
      return [length > recordLimit ? { place, wrong: tooLong } : { place, bytes: Buffer.concat(pieces) }]
    },
  }
}
