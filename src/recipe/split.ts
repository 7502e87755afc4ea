import type { Observable } from 'rxjs'
import { readRecords, type VideoRecord } from '../dataset/index.ts'
import type { Item } from '../flow/index.ts'
import { fromRecords, type HasRecord } from '../stages/index.ts'

/** Records that one phase works on. */
export interface Split<R extends VideoRecord = VideoRecord> {
  /** The files that they are in: they must stay the same from the beginning of a phase to its end, a resume included. */
  readonly files: readonly string[]
  /** Reads them, in order: those that cannot be read are `Left`s in their places. Asked anew by every phase. */
  readonly read: () => Observable<Item<HasRecord<R>>>
}

/**
 * The records of files in a published form, each with nothing but the published fields. For a form or fields of your own give
 * `read` yourself: `{ files, read: () => fromRecords(readWith(codec)(files)) }`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { splitOf } from 'kinograd/recipe'
 *
 * const questions = splitOf('questions.jsonl')
 * assert.deepEqual(questions.files, ['questions.jsonl'])
 * ```
 */
export const splitOf = (...files: readonly string[]): Split => ({ files, read: () => fromRecords(readRecords(files)) })
