import { type FileHandle, open } from 'node:fs/promises'
import { basename } from 'node:path'
import { either as E, function as F } from 'fp-ts'
import type * as t from 'io-ts'
import { parseJson } from '../../untrusted/index.ts'
import { isMissing } from '../fault.ts'
import { type Collector, newestBytes } from '../read-rows.ts'

/** A log that is read as it grows. */
export interface Tail<B> {
  /** Reads what was added since; says whether anything changed, and whether it had to begin anew because the log was cut or is another. */
  readonly read: () => Promise<{ readonly changed: boolean; readonly anew: boolean }>
  /** What the rows so far come to. */
  readonly all: () => B
  /** In words what could not be read; nothing where all could. */
  readonly wrong: () => readonly string[]
}

const pieceBytes = 1 << 20
/** Bytes before the place that was read up to, by which a log is known again. */
const markBytes = 64

/** Where reading stands: up to which byte, which bytes stand before it, and which file it is. */
interface Place {
  readonly at: number
  readonly mark: Buffer
  readonly file: number
}

const nowhere: Place = { at: 0, mark: Buffer.alloc(0), file: 0 }

const bytesAt = async (file: FileHandle, at: number, length: number): Promise<Buffer> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at)
  return buffer.subarray(0, bytesRead)
}

/** Whether a file still begins with what was read of it. */
const isSame = async (file: FileHandle, size: number, inode: number, place: Place): Promise<boolean> =>
  size >= place.at &&
  (place.at === 0 || inode === place.file) &&
  (await bytesAt(file, place.at - place.mark.length, place.mark.length)).equals(place.mark)

/**
 * Shows complete lines from a place on to `line`, and gives the place behind the last one. Holds one piece, or the longest line where
 * that is longer; a line that is longer than what is read of a log at all is passed over.
 */
const readLines = async (file: FileHandle, from: number, size: number, line: (bytes: Buffer) => void) => {
  let [at, held, skipping] = [from, Buffer.alloc(0), false]
  for (let next = from; next < size; ) {
    const piece = await bytesAt(file, next, Math.min(pieceBytes, size - next))
    if (piece.length === 0) break
    next += piece.length
    const bytes: Buffer = held.length === 0 ? piece : Buffer.concat([held, piece])
    let start = 0
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
      if (!skipping && end > start) line(bytes.subarray(start, end))
      skipping = false
      start = end + 1
    }
    held = Buffer.from(bytes.subarray(start))
    at = next - held.length
    if (held.length > newestBytes) [held, skipping, at] = [Buffer.alloc(0), true, next]
  }
  return at
}

/** The place of the first line that begins within the newest bytes. */
const startOf = async (file: FileHandle, size: number): Promise<number> => {
  if (size <= newestBytes) return 0
  let at = size - newestBytes
  while (at < size) {
    const piece = await bytesAt(file, at, Math.min(pieceBytes, size - at))
    const end = piece.indexOf(0x0a)
    if (end >= 0) return at + end + 1
    at += piece.length
  }
  return size
}

/**
 * Follows a log of a run: each call of `read` reads what was added since the last, and a line that is still being written waits for the
 * next. The first one reads the newest 64 MiB. A line that is no row is counted and passed over. Holds what its collector holds.
 */
export const tail = <A, B>(row: t.Type<A, unknown, unknown>, path: string, start: () => Collector<A, B>): Tail<B> => {
  let rows = start()
  let place = nowhere
  let bad = 0
  let refused = ''
  const begin = () => {
    rows = start()
    place = nowhere
    bad = 0
  }
  const show = (bytes: Buffer): void => {
    const read = F.pipe(
      parseJson(bytes.toString('utf8')),
      E.flatMap(value => E.mapLeft(() => `no ${row.name}`)(row.decode(value))),
    )
    if (E.isRight(read)) rows.add(read.right)
    else bad += 1
  }
  const readOn = async (file: FileHandle) => {
    const { size, ino } = await file.stat()
    const anew = !(await isSame(file, size, ino, place))
    if (anew) begin()
    const from = place.at === 0 ? await startOf(file, size) : place.at
    const at = await readLines(file, from, size, show)
    const changed = anew || at !== place.at
    const marked = Math.min(markBytes, at)
    if (changed) place = { at, file: ino, mark: await bytesAt(file, at - marked, marked) }
    return { changed, anew }
  }
  return {
    read: async () => {
      try {
        const file = await open(path, 'r')
        try {
          refused = ''
          return await readOn(file)
        } finally {
          await file.close()
        }
      } catch (error) {
        const had = place.at > 0
        if (isMissing(error)) {
          begin()
          return { changed: had, anew: had }
        }
        refused = `${row.name}s cannot be read: ${error instanceof Error ? error.message : String(error)}`
        return { changed: true, anew: false }
      }
    },
    all: () => rows.all(),
    wrong: () => [
      ...(bad === 0 ? [] : [`${bad} lines of ${basename(path)} are no ${row.name}s and are left out`]),
      ...(refused === '' ? [] : [refused]),
    ],
  }
}
