import { appendFile, open, rename, rm } from 'node:fs/promises'
import { taskEither as TE } from 'fp-ts'
import { fault } from '../flow/index.ts'
import type { RecordCodec } from './codec.ts'
import type { DatasetFault } from './fault.ts'
import type { VideoRecord } from './record.ts'

const cannotWrite =
  (path: string) =>
  (error: unknown): DatasetFault =>
    fault(
      'CannotWrite',
      `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      'Check permissions and free space.',
    )

/**
 * Writes one JSON value a line, all or nothing: into a temporary file beside `path`, flushed to disk, then renamed.
 * Holds one line; resolves to the number of lines. A source that throws leaves what stood at `path` as it was.
 */
export const writeJsonl = (
  path: string,
  values: Iterable<unknown> | AsyncIterable<unknown>,
): TE.TaskEither<DatasetFault, number> =>
  TE.tryCatch(async () => {
    const temporary = `${path}.${process.pid}.tmp`
    try {
      const file = await open(temporary, 'w')
      let count = 0
      try {
        for await (const value of values) {
          await file.appendFile(`${JSON.stringify(value)}\n`)
          count += 1
        }
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
      return count
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }, cannotWrite(path))

/** Adds values to the end of a JSONL file in one write, making the file if need be: for logs, which grow. */
export const appendJsonl = (path: string, values: readonly unknown[]): TE.TaskEither<DatasetFault, void> =>
  TE.tryCatch(() => appendFile(path, values.map(value => `${JSON.stringify(value)}\n`).join('')), cannotWrite(path))

/** Writes records in the published form (`codec.encode`), all or nothing. */
export const writeRecords = <R extends VideoRecord>(
  codec: RecordCodec<R>,
  path: string,
  records: Iterable<R> | AsyncIterable<R>,
): TE.TaskEither<DatasetFault, number> =>
  writeJsonl(
    path,
    (async function* () {
      for await (const record of records) yield codec.encode(record)
    })(),
  )
