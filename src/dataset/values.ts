import { isUtf8 } from 'node:buffer'
import { either as E } from 'fp-ts'
import { codeOf, fault, messageOf } from '../flow/index.ts'
import { parseJson } from '../untrusted/index.ts'
import { bytesOf } from './bytes.ts'
import { type Cut, type Cutter, recordLimit } from './cut.ts'
import { elementCutter } from './elements.ts'
import type { DatasetFault } from './fault.ts'
import { lineCutter } from './lines.ts'

/** A JSON value and the place it was read from: `part1.json.gz, element 3` or `log.jsonl, line 7`. */
export interface Placed {
  readonly where: string
  readonly value: unknown
}

type Values = AsyncGenerator<E.Either<DatasetFault, Placed>>

const unreadable = (path: string, error: unknown): DatasetFault => {
  return ['ENOENT', 'EACCES', 'EISDIR', 'EPERM', 'ENOTDIR', 'ENXIO'].includes(codeOf(error) ?? '')
    ? fault('NoFile', `${path} cannot be opened: ${messageOf(error)}`, 'Check the path and its permissions.')
    : fault('BadFile', `${path} breaks off: ${messageOf(error)}`, 'Fetch the file again; compare its size or checksum.')
}

const remedy = 'Write a JSON array, or one complete JSON object a line; what stands around this place is read.'

/** The value of a record's bytes, or what is wrong with them. */
const placedOf = (path: string, cut: Cut): E.Either<DatasetFault, Placed> => {
  const where = `${path}, ${cut.place}`
  if ('wrong' in cut) return E.left(fault('BadJson', `${where} ${cut.wrong}`, remedy))
  if (!isUtf8(cut.bytes)) return E.left(fault('BadFile', `${where} is not UTF-8`, 'Write the file as UTF-8.'))
  return E.bimap(
    (why: string) => fault('BadJson', `${where} ${why}`, remedy),
    (value: unknown): Placed => ({ where, value }),
  )(parseJson(cut.bytes.toString('utf8')))
}

const openList = 0x5b

/** The place of the first byte that is no white space of JSON; −1 where there is none. */
const firstThatIsNotBlank = (piece: Buffer): number => {
  for (let at = 0; at < piece.length; at++) {
    const byte = piece[at]!
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at
  }
  return -1
}

const linesIn = (piece: Buffer): number => {
  let count = 0
  for (let at = piece.indexOf(0x0a); at >= 0; at = piece.indexOf(0x0a, at + 1)) count += 1
  return count
}

/** Which part of a file is read. */
export interface ReadValuesOptions {
  /** Of an object around the records: the name under which they stand, where it is none of the usual ones. */
  readonly under?: string
  /** Only so many bytes at the end of a file of lines, from the first line that begins there. Not for gzip. */
  readonly newest?: number
}

/** How to cut a file whose first bytes that are not blank are these, and how many lines stand before them. */
const cutterFor = (piece: Buffer, linesBefore: number): Cutter | undefined => {
  const first = piece[firstThatIsNotBlank(piece)]
  return first === undefined ? undefined : first === openList ? elementCutter() : lineCutter(1 + linesBefore)
}

/**
 * The JSON values of one file in its order: the elements of a JSON array or one value a line, gzip or not (told by the
 * content, not by the name). Holds one piece of text and the values parsed from it; a reader that stops early closes
 * the file. A bad line or element is one `Left` with its place, and reading goes on: what is no JSON or no UTF-8, is nested
 * deeper than 128 levels or longer than 64 MiB. A file that breaks off is one `Left` after what could be read, and so is a gzip
 * file that unpacks to more than 200 times its size. Linear in the bytes. With `newest`, only the end of a file of lines is read,
 * whose lines are counted from there.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { readValues, writeJsonl } from 'kinograd/dataset'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'values-')), 'two.jsonl')
 * assert.deepEqual(await writeJsonl(path, [{ a: 1 }, { a: 2 }])(), E.right(2))
 * const seen: unknown[] = []
 * for await (const placed of readValues(path)) seen.push(E.isRight(placed) ? placed.right.value : placed.left.cause)
 * assert.deepEqual(seen, [{ a: 1 }, { a: 2 }])
 * ```
 */
export async function* readValues(path: string, { newest }: ReadValuesOptions = {}): Values {
  let cutter: Cutter | undefined = newest === undefined ? undefined : lineCutter()
  let [blankLines, blankBytes] = [0, 0]
  try {
    for await (const piece of bytesOf(path, newest)) {
      cutter ??= cutterFor(piece, blankLines)
      if (cutter === undefined) {
        blankLines += linesIn(piece)
        blankBytes += piece.length
        if (blankBytes > recordLimit) throw new Error(`it begins with more than ${recordLimit} blank bytes`)
      } else {
        for (const cut of cutter.push(piece)) yield placedOf(path, cut)
        if (cutter.isLost()) break
      }
    }
  } catch (error) {
    return yield E.left(unreadable(path, error))
  }
  if (cutter === undefined)
    return yield E.left(fault('BadJson', `${path} is empty`, 'Write a JSON array or one JSON object a line.'))
  for (const cut of cutter.end()) yield placedOf(path, cut)
}
