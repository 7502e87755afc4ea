import { either as E } from 'fp-ts'
import { fault } from '../flow/index.ts'
import { type CheckOptions, checking } from './checked.ts'
import type { DatasetFault } from './fault.ts'
import type { FieldMap } from './field-map.ts'
import type { AnyRecord, Format } from './formats/format.ts'
import { formatNamed, formatOf } from './formats/registry.ts'
import { isCot } from './is-cot.ts'
import { mapped } from './mapped.ts'
import { oneByOne } from './one-by-one.ts'
import type { Read } from './placed.ts'
import { type Records, sortParts } from './read.ts'
import type { CotRecord, VideoRecord } from './record.ts'
import { type ReadValuesOptions, readBatches } from './values.ts'

/** How a data set is read. */
export interface ReadDatasetOptions extends CheckOptions, Pick<ReadValuesOptions, 'under'> {
  /** Name of one of `formats`; told from the first value of each file when not given. Not together with `fields`. */
  readonly format?: string
  /** Which names of the file hold what: for files of no known format. */
  readonly fields?: FieldMap
}

const both = fault(
  'UnknownFormat',
  'a format and a field map are given: a file is read by one of them',
  'Leave the format away, or the field map.',
)

/** The format that was asked for; nothing where each file's own is to be told from its content. */
const asked = ({ format, fields }: ReadDatasetOptions): E.Either<DatasetFault, Format | undefined> => {
  if (format !== undefined && fields !== undefined) return E.left(both)
  if (fields !== undefined) return E.right(mapped(fields))
  return format === undefined ? E.right(undefined) : formatNamed(format)
}

type ReadRecord = E.Either<DatasetFault, AnyRecord>
type Batches = AsyncGenerator<Iterable<ReadRecord>, void, undefined>

/** Reads the values of one file as records. Where its format is not to be told, that is its only fault, and `isOver`. */
const fileReader = (path: string, given: Format | undefined) => {
  let [format, index, isOver] = [given, 0, false]
  return {
    isOver: () => isOver,
    *records(batch: Iterable<Read>): Generator<ReadRecord> {
      for (const placed of batch) {
        if (E.isLeft(placed)) {
          yield placed
          continue
        }
        const { where, value } = placed.right
        const told = format === undefined ? formatOf(value, where) : E.right(format)
        if (E.isLeft(told)) {
          isOver = true
          return yield told
        }
        format = told.right
        yield* format.read(value, { path, where, index })
        index += 1
      }
    },
  }
}

/** The records of all files, before they are compared with each other. */
async function* batchesOfAll(paths: readonly string[], options: ReadDatasetOptions): Batches {
  const format = asked(options)
  if (E.isLeft(format)) return yield [format]
  for (const path of paths) {
    const reader = fileReader(path, format.right)
    for await (const batch of readBatches(path, options)) {
      yield reader.records(batch)
      if (reader.isOver()) break
    }
  }
}

/**
 * Reads a data set in any of `formats`, or with field names of one's own: JSON (an array, one object a line, an object around the
 * records), CSV or Parquet, gzip or not, one file or several parts in the order of their names. Without `format` and `fields` the format
 * is told from the content where it is certain. Records that hold a chain of thought have its fields as well (`isCot`). Pulled one by
 * one, in order; holds one piece of a file and the ids that were seen.
 *
 * Left, each in the place of its record: what cannot be read, and what `checked` tells: `DuplicateId`, `BadOptions` (`flaws: 'keep'`
 * gives such records all the same). `UnknownFormat` alone where a file's format cannot be told: nothing of that file is read.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, writeFile } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { readDataset } from 'kinograd/dataset'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'mine-')), 'mine.jsonl')
 * await writeFile(path, JSON.stringify({ n: 1, ask: 'What falls?', truth: 'a box', meta: { video: { path: '1.mp4' } } }))
 * const fields = { id: 'n', problem: 'ask', answer: 'truth', path: 'meta.video.path', problemType: { value: 'free-form' } }
 * for await (const record of readDataset(path, { fields })) assert(E.isRight(record) && record.right.dataType === 'video')
 * ```
 */
export const readDataset = (paths: string | readonly string[], options: ReadDatasetOptions = {}): Records<AnyRecord> =>
  oneByOne(async function* () {
    const check = checking(options)
    for await (const batch of batchesOfAll(typeof paths === 'string' ? [paths] : sortParts(paths), options))
      yield checkedOnes(batch, check)
  })

function* checkedOnes(batch: Iterable<ReadRecord>, check: (read: ReadRecord) => ReadRecord) {
  for (const read of batch) yield check(read)
}

const noChain = ({ id }: VideoRecord) =>
  fault('BadRecord', `record ${id} has no chain of thought`, 'Annotate the data set first, or leave the record out.')

/**
 * Reads a data set of chains of thought, as `readDataset` reads questions: for supervised fine-tuning. A record without a chain is
 * `BadRecord`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, writeFile } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { readCotDataset } from 'kinograd/dataset'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'mine-')), 'mine.jsonl')
 * await writeFile(path, '{"n": 1, "ask": "What falls?", "truth": "a box", "clip": "1.mp4"}')
 * const fields = { id: 'n', problem: 'ask', answer: 'truth', path: 'clip', problemType: { value: 'free-form' } }
 * for await (const record of readCotDataset(path, { fields })) assert(E.isLeft(record) && record.left._tag === 'BadRecord')
 * ```
 */
export const readCotDataset = (
  paths: string | readonly string[],
  options: ReadDatasetOptions = {},
): Records<CotRecord> => ({
  async *[Symbol.asyncIterator]() {
    for await (const read of readDataset(paths, options))
      if (E.isLeft(read)) yield read
      else yield isCot(read.right) ? E.right(read.right) : E.left(noChain(read.right))
  },
})
