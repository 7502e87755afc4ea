import { appendFile } from 'node:fs/promises'
import { taskEither as TE } from 'fp-ts'
import { fault, messageOf } from '../flow/index.ts'
import type { RecordCodec } from './codec.ts'
import type { DatasetFault } from './fault.ts'
import type { VideoRecord } from './record.ts'
import { writeWhole } from './whole-file.ts'

export const cannotWrite =
  (path: string) =>
  (error: unknown): DatasetFault =>
    fault('CannotWrite', `${path} cannot be written: ${messageOf(error)}`, 'Check permissions and free space.')

/**
 * Writes one JSON value a line, all or nothing: into a temporary file beside `path`, flushed to disk, then renamed; gzip
 * where the name ends in `.gz`. Holds 256 KiB of text;
 * resolves to the number of lines. A source that throws leaves what stood at `path` as it was. Left: `CannotWrite`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { readValues, writeJsonl } from 'kinograd/dataset'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'lines-')), 'lines.jsonl')
 * assert.deepEqual(await writeJsonl(path, [{ a: 1 }, { a: 2 }])(), E.right(2))
 * const seen = []
 * for await (const line of readValues(path)) if (E.isRight(line)) seen.push(line.right.value)
 * assert.deepEqual(seen, [{ a: 1 }, { a: 2 }])
 * ```
 */
export const writeJsonl = (
  path: string,
  values: Iterable<unknown> | AsyncIterable<unknown>,
): TE.TaskEither<DatasetFault, number> =>
  TE.tryCatch(() => writeWhole(path, { values, textOf: value => `${JSON.stringify(value)}\n` }), cannotWrite(path))

/**
 * Adds values to the end of a JSONL file in one write, making the file if need be: for logs, which grow. Left: `CannotWrite`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, readFile } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { appendJsonl } from 'kinograd/dataset'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'log-')), 'log.jsonl')
 * await appendJsonl(path, [{ step: 0 }])()
 * await appendJsonl(path, [{ step: 1 }])()
 * assert.equal(await readFile(path, 'utf8'), '{"step":0}\n{"step":1}\n')
 * ```
 */
export const appendJsonl = (path: string, values: readonly unknown[]): TE.TaskEither<DatasetFault, void> =>
  TE.tryCatch(() => appendFile(path, values.map(value => `${JSON.stringify(value)}\n`).join('')), cannotWrite(path))

/**
 * Writes records in the published form (`codec.encode`), one a line, all or nothing; resolves to the number of records. Holds one
 * record, so that a pipeline of any length may write. `videoRecord`, `cotRecord` and codecs of your own say the form. Left:
 * `CannotWrite`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { cotRecord, writeRecords } from 'kinograd/dataset'
 *
 * const chain = '<observation>3 balls</observation><think>I count 3.</think><answer>3</answer>'
 * const seen = { problem: 'How many balls?', path: './7.mp4', source: '', observation: '3 balls', process: 'I count 3.' }
 * const kinds = { problemType: 'numerical', dataType: 'video' } as const
 * const record = { ...seen, ...kinds, id: '7', options: [], answer: '3', output: chain, reward: 1 }
 * const path = join(await mkdtemp(join(tmpdir(), 'chains-')), 'chains.jsonl')
 * assert.deepEqual(await writeRecords(cotRecord, path, [record])(), E.right(1))
 * ```
 */
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
