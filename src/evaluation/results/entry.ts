import * as t from 'io-ts'
import { type VideoRecord, videoRecord } from '../../dataset/index.ts'
import { benchmarkOf, labelsOf } from '../benchmarks/registry.ts'
import type { Score } from '../score.ts'

/** Ids that Video-R1 writes as numbers are written so again. */
const idOf = (id: string): string | number => (/^(?:0|[1-9]\d{0,14})$/.test(id) ? Number(id) : id)

/** A track that the file does not say is told to be inferred. */
const trackOf = (record: VideoRecord): object => {
  if (record.extra?.track !== undefined || benchmarkOf(record)?.name !== 'videommmu') return {}
  const { track } = labelsOf(record)
  return track === undefined ? {} : { track, track_inferred: true }
}

/**
 * A result as Video-R1's script writes it (`src/eval_bench.py`): the record in its published form, and behind it output, prediction,
 * reward, correct and process; `read` says where the answer was found.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { resultEntry } from 'kinograd/evaluation'
 *
 * const more = { problem: 'How many?', problemType: 'numerical', dataType: 'video', options: [], path: 'a.mp4', source: '' } as const
 * const score = { prediction: '3', read: 'tags', reward: 1, correct: true } as const
 * const entry = resultEntry({ ...more, id: '7', answer: '3' }, '<answer>3</answer>', score)
 * assert.deepEqual([entry.problem_id, entry.solution, entry.correct, entry.process], [7, '<answer>3</answer>', true, ''])
 * ```
 */
export const resultEntry = (record: VideoRecord, output: string, score: Score): Readonly<Record<string, unknown>> => {
  const { prediction, reward, correct, process = '', read } = score
  return {
    ...videoRecord.encode(record),
    problem_id: idOf(record.id),
    ...trackOf(record),
    ...{ output, prediction, reward, correct, process, read },
    ...(score.outside ? { outside: true } : {}),
  }
}

/** Names under which a result keeps what it adds to its record: they are no fields of the record. */
const added = new Set(['output', 'prediction', 'reward', 'correct', 'process', 'read', 'outside'])

/** The record of a result. Left: where it is none. */
export const recordOfResult = (result: object): t.Validation<VideoRecord> =>
  videoRecord.decode(Object.fromEntries(Object.entries(result).filter(([name]) => !added.has(name))))

/** What is read back of a result, ours or of Video-R1's own script. */
export const resultRead = t.readonly(
  t.intersection([
    t.type({ problem_id: t.union([t.string, t.number]), reward: t.number }),
    t.partial({ problem: t.string, solution: t.string, problem_type: t.string, output: t.string, correct: t.boolean }),
  ]),
  'result',
)
/** What is read back of a result. */
export type ResultRead = t.TypeOf<typeof resultRead>

/** A question that has no score, as it stands under `failed`. */
export const failedEntry = t.readonly(
  t.type({
    problem_id: t.union([t.string, t.number]),
    stage: t.string,
    tag: t.string,
    cause: t.string,
    remedy: t.string,
  }),
  'failed question',
)
/** A question that has no score: which, and why. */
export type FailedEntry = t.TypeOf<typeof failedEntry>

/** A failed question as it is written. */
export const failedOf = (id: string, given: Omit<FailedEntry, 'problem_id'>): FailedEntry => ({
  problem_id: idOf(id),
  ...given,
})
