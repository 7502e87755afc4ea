import { either as E } from 'fp-ts'
import { type Cut, type Cutter, followedBytes, recordLimit, tooLong } from './cut.ts'
import { type ElementScan, elementScan, type Stop } from './element-scan.ts'
import { heldBytes } from './held-bytes.ts'
import { valueOfBytes } from './json-bytes.ts'
import { type Separator, separator } from './separator.ts'

const [space, comma, closeList, closeObject] = [0x20, 0x2c, 0x5d, 0x7d]

/** What is cut: the elements of an array, or the members of an object, each as an object of its own. */
export interface ElementsOptions {
  readonly of?: 'array' | 'object'
  /** Takes what follows the end, instead of a fault that something does. */
  readonly behind?: (bytes: Buffer) => void
}

/**
 * Where a cutter stands: before the array, between its elements, in one of them, behind its end, in what may not stand there, behind all that
 * can be read.
 */
type Standing = 'before' | 'between' | 'inside' | 'behind' | 'stray' | 'lost'

/** How far an array is read. Places are in the bytes that are held. */
interface Progress {
  readonly element: ElementScan
  readonly separator: Separator
  readonly of: 'array' | 'object'
  readonly behind: ElementsOptions['behind']
  standing: Standing
  /** Which element is next, or under way. */
  index: number
  at: number
  /** Where the element under way begins. */
  start: number
  isLong: boolean
  isAfterComma: boolean
  /** How the first element begins, to the end of its first name: most arrays hold elements of one form. */
  beginning: Buffer | undefined
}

const [openBrace, closeBrace] = [Buffer.from('{'), Buffer.from('}')]

const beginningOf = (bytes: Buffer): Buffer => {
  const end = bytes.indexOf('"', bytes.indexOf('"') + 1) + 1
  return end > 1 && end <= 64 ? Buffer.from(bytes.subarray(0, end)) : Buffer.alloc(0)
}

const placeOf = (progress: Progress): string => `${progress.of === 'array' ? 'element' : 'member'} ${progress.index++}`

const wrong = (progress: Progress, why: string): Cut => ({ place: placeOf(progress), wrong: why })

const begin = (progress: Progress): void => {
  progress.start = progress.at
  progress.standing = 'inside'
  progress.isLong = false
  progress.element.begin()
}

/** What the first byte between two elements means. Commas in a row are one fault, however many they are. */
const between = (progress: Progress, bytes: Buffer): Cut | undefined => {
  const byte = bytes[progress.at]!
  const closer = progress.of === 'array' ? closeList : closeObject
  if (byte !== comma && byte !== closer) {
    begin(progress)
    return undefined
  }
  const isMissing = byte === comma || progress.isAfterComma
  progress.isAfterComma = byte === comma
  if (byte === closer) progress.standing = 'behind'
  progress.at += 1
  for (; isMissing && bytes[progress.at] === comma; progress.at++) progress.index += 1
  return isMissing ? wrong(progress, 'is missing: nothing stands between a comma and the next, or the end') : undefined
}

const ended = (progress: Progress, bytes: Buffer): Cut => {
  if (progress.isLong) return wrong(progress, tooLong)
  if (progress.element.isWrong()) return wrong(progress, 'is not JSON: its quotes or brackets do not match')
  const own = bytes.subarray(progress.start, progress.at)
  progress.beginning ??= beginningOf(own)
  if (progress.of === 'array') progress.separator.learn(bytes, progress.start, progress.at, progress.beginning)
  return {
    place: placeOf(progress),
    bytes: progress.of === 'array' ? own : Buffer.concat([openBrace, own, closeBrace]),
  }
}

/** Reads the element under way once more, without its quotes. */
const beginAgain = (progress: Progress): void => {
  progress.element.begin({ beginning: progress.beginning ?? Buffer.alloc(0) })
  if (!progress.isLong) progress.at = progress.start
}

/** What is to be done where the scan of an element stopped. */
const inside = (progress: Progress, bytes: Buffer, { why }: Stop): Cut | undefined => {
  if (why === 'broken') {
    beginAgain(progress)
    return undefined
  }
  if (why === 'split') {
    const cut = wrong(progress, progress.isLong ? tooLong : 'is not JSON: it does not end before the next begins')
    begin(progress)
    return cut
  }
  const cut = ended(progress, bytes)
  progress.isAfterComma = bytes[progress.at] === comma
  progress.standing = progress.isAfterComma ? 'between' : 'behind'
  progress.at += 1
  return cut
}

/** Goes one byte or one element further; `more` where bytes are needed for that. */
const step = (progress: Progress, bytes: Buffer): Cut | 'more' | undefined => {
  if (progress.standing === 'inside') {
    const stop = progress.element.scan(bytes, progress.at)
    progress.at = stop.at
    return stop.why === 'more' ? 'more' : inside(progress, bytes, stop)
  }
  const byte = bytes[progress.at]!
  if (progress.standing === 'between' && byte > space) return between(progress, bytes)
  progress.at += 1
  if (byte <= space) {
    while (bytes[progress.at]! <= space) progress.at += 1
    return undefined
  }
  if (progress.standing === 'before') progress.standing = 'between'
  else if (progress.standing === 'behind') {
    // A bracket too many ended the array too early; other text is a file of another kind.
    progress.standing = byte === comma || byte === closeList || byte === closeObject ? 'stray' : 'lost'
    progress.at -= 1
    return wrong(progress, `is text behind the end of the ${progress.of}`)
  } else if (byte === comma) {
    progress.standing = 'between'
    progress.isAfterComma = true
  }
  return undefined
}

/**
 * The element that begins here, where it ends as those before it. A text that is JSON as a whole is the element: it need not be scanned.
 */
const quickly = (progress: Progress, bytes: Buffer): Cut | undefined => {
  if (progress.standing !== 'inside' || progress.at !== progress.start || progress.isLong) return undefined
  const next = progress.separator.next(bytes, progress.start)
  if (next === undefined) return undefined
  const isTooLong = next.end - progress.start > recordLimit
  const value = isTooLong ? undefined : valueOfBytes(bytes, progress.start, next.end)
  if (value === undefined || E.isLeft(value)) {
    progress.separator.missed()
    return undefined
  }
  progress.at = next.start
  begin(progress)
  return { place: placeOf(progress), value }
}

/** Reads what is held as far as that goes. */
function* read(progress: Progress, bytes: Buffer): Generator<Cut> {
  while (progress.standing !== 'lost' && progress.at < bytes.length) {
    if (progress.standing === 'behind' && progress.behind !== undefined) {
      progress.behind(bytes.subarray(progress.at))
      progress.at = bytes.length
      break
    }
    const cut = quickly(progress, bytes) ?? step(progress, bytes)
    if (cut === 'more') break
    if (cut !== undefined) yield cut
  }
}

/** So many elements that seem to go on to the end of the file are read again, for those that follow them. */
const readAgain = 16

/**
 * Cuts the elements of a JSON array, or the members of an object. One that is broken is one `Cut` that says so, and the next is read: quotes that do not
 * pair, brackets that do not match or are missing, a length beyond the limit. Holds the element that has not ended. Linear.
 */
export const elementCutter = ({ of = 'array', behind }: ElementsOptions = {}): Cutter => {
  const held = heldBytes()
  const progress: Progress = {
    ...{ element: elementScan(of === 'array' ? ']' : '}'), separator: separator(), of, behind, standing: 'before' },
    ...{ isLong: false, isAfterComma: false },
    ...{ index: 0, at: 0, start: 0, beginning: undefined },
  }
  let followed = 0

  /** Gives up the bytes that nobody needs: all before the element that has not ended, and those of one that is too long. */
  const drop = (): void => {
    if (progress.standing !== 'inside') progress.start = progress.at
    else if (progress.at - progress.start > recordLimit || progress.isLong) {
      progress.isLong = true
      progress.start = progress.at
    }
    held.drop(progress.start)
    progress.at -= progress.start
    progress.start = 0
  }
  return {
    *push(piece) {
      held.push(piece)
      yield* read(progress, held.view())
      drop()
      followed = progress.isLong ? followed + piece.length : 0
    },
    end: () => {
      const cuts: Cut[] = []
      for (let again = 0; again < readAgain && progress.standing === 'inside' && !progress.isLong; again++) {
        const { start } = progress
        beginAgain(progress)
        cuts.push(...read(progress, held.view()))
        if (progress.start === start) break
      }
      if (['behind', 'stray', 'lost'].includes(progress.standing)) return cuts
      const why = progress.standing === 'inside' ? 'does not end' : `is missing: the ${progress.of} does not end`
      return [...cuts, wrong(progress, progress.isLong ? tooLong : why)]
    },
    isLost: () => progress.standing === 'lost' || followed > followedBytes,
  }
}
