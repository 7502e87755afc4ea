import { rename, rm } from 'node:fs/promises'
import { either as E, taskEither as TE } from 'fp-ts'
import { fault } from '../flow/index.ts'
import type { DatasetFault } from './fault.ts'
import type { AnyRecord, Format } from './formats/format.ts'
import { formatNamed } from './formats/registry.ts'
import { type Written, writeWhole } from './whole-file.ts'
import { cannotWrite } from './write.ts'

/** How a data set is written. */
export interface WriteDatasetOptions {
  /** One of `formats` that has `write`; Video-R1's form when not given. */
  readonly format?: string
}

type Source<R> = Iterable<R> | AsyncIterable<R>

const writerOf = (name: string): E.Either<DatasetFault, NonNullable<Format['write']>> =>
  E.flatMap((format: Format) =>
    E.fromNullable(
      fault('NotWritable', `the format ${name} is read only`, 'Write another one: video-r1 holds everything.'),
    )(format.write),
  )(formatNamed(name))

/** The text of a JSON array, or of lines, of what `write` makes of each record. */
const writing = <R extends AnyRecord>(
  values: Source<R>,
  write: NonNullable<Format['write']>,
  isLines: boolean,
): Written<R> => {
  let isFirst = true
  return {
    values,
    textOf: record => {
      const text = JSON.stringify(write(record))
      const before = isFirst ? '[\n' : ',\n'
      isFirst = false
      return isLines ? `${text}\n` : `${before}${text}`
    },
    end: () => (isLines ? '' : isFirst ? '[]\n' : '\n]\n'),
  }
}

/**
 * Writes a data set, all or nothing: one record a line where the name ends in `.jsonl` or `.jsonl.gz`, a JSON array otherwise, gzip where
 * it ends in `.gz`. Fields that were read and are not known are written again. Resolves to the number of records. Holds one piece of
 * text. Left: `CannotWrite`, and what stood there stays; `UnknownFormat`, `NotWritable`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { readDataset, type VideoRecord, writeDataset } from 'kinograd/dataset'
 *
 * const kinds = { problemType: 'numerical', dataType: 'video' } as const
 * const seen = { problem: 'How many balls?', path: './7.mp4', source: '', options: [], answer: '3', extra: { mood: 'calm' } }
 * const record: VideoRecord = { ...seen, ...kinds, id: '7' }
 * const path = join(await mkdtemp(join(tmpdir(), 'written-')), 'questions.json.gz')
 * assert.deepEqual(await writeDataset(path, [record])(), E.right(1))
 * for await (const read of readDataset(path)) assert.deepEqual(read, E.right(record))
 * ```
 */
export const writeDataset = <R extends AnyRecord>(
  path: string,
  records: Source<R>,
  { format = 'video-r1' }: WriteDatasetOptions = {},
): TE.TaskEither<DatasetFault, number> =>
  TE.flatMap((write: NonNullable<Format['write']>) =>
    TE.tryCatch(() => writeWhole(path, writing(records, write, /\.jsonl(\.gz)?$/.test(path))), cannotWrite(path)),
  )(TE.fromEither(writerOf(format)))

/** One value after another, and whether there is a further one: parts must not begin empty. */
const ahead = <R>(records: Source<R>) => {
  const iterator = Symbol.asyncIterator in records ? records[Symbol.asyncIterator]() : records[Symbol.iterator]()
  let next: IteratorResult<R> | undefined
  const peek = async () => {
    next ??= await iterator.next()
    return next
  }
  return {
    isAtEnd: async () => (await peek()).done === true,
    close: async () => void (await iterator.return?.()),
    async *take(most: number): AsyncGenerator<R> {
      for (let taken = 0; taken < most; taken++) {
        const found = await peek()
        if (found.done === true) return
        next = undefined
        yield found.value
      }
    },
  }
}

/**
 * Writes a data set as VideoP2R is released (README of 1171-jpg/videop2r): gzip JSON arrays `STEM.part1of2.json.gz`, `STEM.part2of2.json.gz`
 * of at most `recordsInPart` records (100,000), in order; `readDataset` reads them back as one. All or nothing, as all parts are named at
 * the end; parts of an earlier writing are left alone. Resolves to the paths. An empty data set is one part with an empty array. Left: as
 * `writeDataset`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { type VideoRecord, writeParts } from 'kinograd/dataset'
 *
 * const kinds = { problemType: 'numerical', dataType: 'video' } as const
 * const seen = { problem: 'How many balls?', path: './7.mp4', source: '', options: [], answer: '3' }
 * const records: VideoRecord[] = ['1', '2', '3'].map(id => ({ ...seen, ...kinds, id }))
 * const stem = join(await mkdtemp(join(tmpdir(), 'released-')), 'mine')
 * const written = await writeParts(stem, records, { recordsInPart: 2 })()
 * assert.deepEqual(written, E.right([`${stem}.part1of2.json.gz`, `${stem}.part2of2.json.gz`]))
 * ```
 */
export const writeParts = <R extends AnyRecord>(
  stem: string,
  records: Source<R>,
  { recordsInPart = 100_000, format = 'video-r1' }: WriteDatasetOptions & { readonly recordsInPart?: number } = {},
): TE.TaskEither<DatasetFault, readonly string[]> =>
  TE.flatMap((write: NonNullable<Format['write']>) =>
    TE.tryCatch(async () => {
      const source = ahead(records)
      const unnamed: string[] = []
      try {
        do {
          const path = `${stem}.part${unnamed.length + 1}.${process.pid}.tmp.gz`
          unnamed.push(path)
          await writeWhole(path, writing(source.take(recordsInPart), write, false))
        } while (!(await source.isAtEnd()))
        const paths = unnamed.map((_, part) => `${stem}.part${part + 1}of${unnamed.length}.json.gz`)
        for (const [part, path] of paths.entries()) await rename(unnamed[part]!, path)
        return paths
      } catch (error) {
        await source.close()
        await Promise.all(unnamed.map(path => rm(path, { force: true })))
        throw error
      }
    }, cannotWrite(stem)),
  )(TE.fromEither(writerOf(format)))
