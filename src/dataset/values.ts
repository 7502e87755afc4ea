import { either as E } from 'fp-ts'
import { codeOf, fault, messageOf } from '../flow/index.ts'
import { bytesOf } from './bytes.ts'
import { cutterChoice } from './choose-cutter.ts'
import { csvBatches, isTable } from './csv.ts'
import type { Cut, Cutter } from './cut.ts'
import type { DatasetFault } from './fault.ts'
import { valueOfBytes } from './json-bytes.ts'
import { lineCutter } from './lines.ts'
import { oneByOne } from './one-by-one.ts'
import { isParquet, parquetBatches } from './parquet.ts'
import type { Batches, Read } from './placed.ts'

const unreadable = (path: string, error: unknown): DatasetFault => {
  return ['ENOENT', 'EACCES', 'EISDIR', 'EPERM', 'ENOTDIR', 'ENXIO'].includes(codeOf(error) ?? '')
    ? fault('NoFile', `${path} cannot be opened: ${messageOf(error)}`, 'Check the path and its permissions.')
    : fault('BadFile', `${path} breaks off: ${messageOf(error)}`, 'Fetch the file again; compare its size or checksum.')
}

const remedy = 'Write a JSON array, or one complete JSON object a line; what stands around this place is read.'

/** The value of a record's bytes, or what is wrong with them. */
const placedOf = (path: string, cut: Cut): Read => {
  const where = `${path}, ${cut.place}`
  if ('wrong' in cut) return E.left(fault('BadJson', `${where} ${cut.wrong}`, remedy))
  const value = 'value' in cut ? cut.value : valueOfBytes(cut.bytes)
  if (E.isRight(value)) return E.right({ where, value: value.right })
  const { tag, why } = value.left
  return E.left(fault(tag, `${where} ${why}`, tag === 'BadFile' ? 'Write the file as UTF-8.' : remedy))
}

/** Which part of a file is read. */
export interface ReadValuesOptions {
  /** Of an object around the records: the name under which they stand, where it is none of the usual ones. */
  readonly under?: string
  /** Only so many bytes at the end of a file of lines, from the first line that begins there. Not for gzip. */
  readonly newest?: number
}

const empty = (path: string): Read =>
  E.left(fault('BadJson', `${path} is empty`, 'Write a JSON array or one JSON object a line.'))

/** The values of cuts, each when it is asked for: a record alone is in memory then, and not all of a piece. */
function* valuesOf(path: string, cuts: Iterable<Cut>): Generator<Read> {
  for (const cut of cuts) yield placedOf(path, cut)
}

/** The values of a file of JSON. */
async function* jsonBatches(
  path: string,
  pieces: AsyncIterable<Buffer>,
  { newest, under }: ReadValuesOptions,
): Batches {
  let cutter: Cutter | undefined = newest === undefined ? undefined : lineCutter()
  const choice = cutterChoice(under)
  const read = (cuts: Iterable<Cut>) => valuesOf(path, cuts)
  for await (const piece of pieces) {
    const chosen = cutter === undefined ? choice.take(piece) : { cutter, bytes: piece }
    if (chosen === undefined) continue
    cutter = chosen.cutter
    yield read(cutter.push(chosen.bytes))
    if (cutter.isLost()) break
  }
  const last = cutter === undefined ? choice.take() : undefined
  if (last !== undefined) yield read(last.cutter.push(last.bytes))
  const ended = cutter ?? last?.cutter
  yield ended === undefined ? [empty(path)] : read(ended.end())
}

/** The values of one file, as many at once as end in one piece of it. */
export async function* readBatches(path: string, options: ReadValuesOptions = {}): Batches {
  try {
    if (isTable(path)) yield* csvBatches(path, bytesOf(path))
    else if (options.newest === undefined && (await isParquet(path))) yield* parquetBatches(path)
    else yield* jsonBatches(path, bytesOf(path, options.newest), options)
  } catch (error) {
    yield [E.left(unreadable(path, error))]
  }
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
export const readValues = (path: string, options: ReadValuesOptions = {}): AsyncIterable<Read> =>
  oneByOne(() => readBatches(path, options))
