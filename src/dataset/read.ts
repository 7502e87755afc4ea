import { either as E } from 'fp-ts'
import { cotRecord, type RecordCodec, videoRecord } from './codec.ts'
import { badRecord, type DatasetFault } from './fault.ts'
import { oneByOne } from './one-by-one.ts'
import type { Read } from './placed.ts'
import type { CotRecord, VideoRecord } from './record.ts'
import { readBatches } from './values.ts'

/** Records as they are read: cold, one pass, each either a record or the fault that took its place. */
export type Records<R extends VideoRecord> = AsyncIterable<E.Either<DatasetFault, R>>

const inOrder = new Intl.Collator('en', { numeric: true })

/**
 * The parts of a data set in the order of their names, numbers by value: `part2of12` before `part10of12`. Readers of several
 * parts do this themselves.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { sortParts } from 'kinograd/dataset'
 *
 * assert.deepEqual(sortParts(['part10of12', 'part2of12']), ['part2of12', 'part10of12'])
 * ```
 */
export const sortParts = (paths: readonly string[]): readonly string[] =>
  [...paths].sort((a, b) => inOrder.compare(a, b) || (a < b ? -1 : 1))

/**
 * Reads records of one's own: the codec says which fields there are and what is missing or wrong. As `readRecords` otherwise.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import * as t from 'io-ts'
 * import { readWith, videoRecord, writeRecords } from 'kinograd/dataset'
 *
 * // A question that says from which second to which its answer can be seen.
 * const grounded = t.intersection([videoRecord, t.strict({ span: t.tuple([t.number, t.number]) })])
 * const clip = { problem: 'How many boxes fall?', dataType: 'video', path: './7.mp4', source: '' } as const
 * const record = { ...clip, id: '7', problemType: 'numerical', options: [], answer: '3', span: [2, 4.5] } as const
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'grounded-')), 'questions.jsonl')
 * await writeRecords(grounded, path, [{ ...record, span: [2, 4.5] }])()
 * for await (const read of readWith(grounded)(path)) assert(E.isRight(read) && read.right.span[1] === 4.5)
 * ```
 */
export const readWith =
  <R extends VideoRecord>(codec: RecordCodec<R>) =>
  (paths: string | readonly string[]): Records<R> =>
    oneByOne(async function* () {
      for (const path of typeof paths === 'string' ? [paths] : sortParts(paths))
        for await (const batch of readBatches(path)) yield recordsOf(codec, batch)
    })

function* recordsOf<R extends VideoRecord>(codec: RecordCodec<R>, batch: Iterable<Read>) {
  for (const placed of batch) yield recordOf(codec, placed)
}

const recordOf = <R extends VideoRecord>(codec: RecordCodec<R>, placed: Read): E.Either<DatasetFault, R> => {
  if (E.isLeft(placed)) return placed
  const { where, value } = placed.right
  const record = codec.decode(value)
  return E.isRight(record) ? record : E.left(badRecord(where, value, record.left))
}

/**
 * Reads the questions of one file or several parts: JSON array or JSONL, gzip or not, parts in the order of their
 * names. Bounded memory: one piece of text and its records. Faults name file, line or element, problem_id and field.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, writeFile } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { readRecords } from 'kinograd/dataset'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'records-')), 'questions.jsonl')
 * const question = { problem_id: 1, problem: 'What falls?', data_type: 'video', problem_type: 'free-form', path: './1.mp4' }
 * await writeFile(path, JSON.stringify({ ...question, solution: '<answer>a box</answer>' }) + '\n{"problem_id": 2}\n')
 * const read = []
 * for await (const record of readRecords(path)) read.push(record)
 * assert(read[0] && E.isRight(read[0]) && read[0].right.answer === 'a box')
 * assert(read[1] && E.isLeft(read[1]) && /line 2 \(problem_id 2\): problem: expected/.test(read[1].left.cause))
 * ```
 */
export const readRecords: (paths: string | readonly string[]) => Records<VideoRecord> = readWith(videoRecord)

/**
 * Reads chain-of-thought files, VideoP2R-CoT-162K's (arXiv 2511.11113) or one's own, as `readRecords` reads questions: pulled one by one,
 * in order, each a record or the fault that took its place.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { cotRecord, readCot, writeRecords } from 'kinograd/dataset'
 *
 * const chain = '<observation>3 balls</observation><think>I count 3.</think><answer>3</answer>'
 * const seen = { problem: 'How many balls?', path: './7.mp4', source: '', observation: '3 balls', process: 'I count 3.' }
 * const kinds = { problemType: 'numerical', dataType: 'video' } as const
 * const record = { ...seen, ...kinds, id: '7', options: [], answer: '3', output: chain, reward: 1 }
 * const path = join(await mkdtemp(join(tmpdir(), 'chains-')), 'chains.jsonl')
 * await writeRecords(cotRecord, path, [record])()
 * for await (const read of readCot(path)) assert(E.isRight(read) && read.right.observation.includes('3 balls'))
 * ```
 */
export const readCot: (paths: string | readonly string[]) => Records<CotRecord> = readWith(cotRecord)
