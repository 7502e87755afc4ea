import { either as E } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { Fault, Items } from '../flow/index.ts'
import { fromItems, stageError } from '../flow/index.ts'
import type { HasRecord } from './items.ts'

/**
 * Records as items, where a pipeline begins: adds `record`. Pulled one by one and in order, so that a file of any size takes the memory
 * of one record. A record that cannot be read becomes a `Left` of stage `read` that names its place in the file, counted from 0, and
 * the next one follows. What ends reading altogether is the last `Left` of `records` (`readRecords`, `readCot`, `readWith`).
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { fault, iterate } from 'kinograd/flow'
 * import { fromRecords } from 'kinograd/stages'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 * async function* records() {
 *   yield E.left(fault('BadRecord', 'problem_id is missing', 'Write it into the file.'))
 *   yield E.right(record)
 * }
 * const seen: string[] = []
 * for await (const item of iterate(fromRecords(records()))) seen.push(E.isRight(item) ? item.right.record.id : item.left.item)
 * assert.deepEqual(seen, ['#0', 'a'])
 * ```
 */
export const fromRecords = <R extends VideoRecord>(records: AsyncIterable<E.Either<Fault, R>>): Items<HasRecord<R>> =>
  fromItems({
    async *[Symbol.asyncIterator]() {
      let place = 0
      for await (const read of records) {
        yield E.bimap(
          (wrong: Fault) => stageError('read', `#${place}`, wrong),
          (record: R) => ({ record }),
        )(read)
        place++
      }
    },
  })
