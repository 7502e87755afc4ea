import { either as E } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { Fault, Items } from '../flow/index.ts'
import { fromItems, stageError } from '../flow/index.ts'
import type { HasRecord } from './items.ts'

/**
 * Records as items, pulled one by one: a record that cannot be read becomes a `Left` of its place in the file, and the next follows.
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
