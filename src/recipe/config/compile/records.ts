import {
  type CotRecord,
  type ReadDatasetOptions,
  type Records,
  readCotDataset,
  readDataset,
  type VideoRecord,
} from '../../../dataset/index.ts'
import { fromRecords } from '../../../stages/index.ts'
import type { Split } from '../../split.ts'
import type { RecordsSetting } from '../settings/data.ts'
import { type Place, pathAt } from './place.ts'

async function* firstOf<A>(values: AsyncIterable<A>, count: number): AsyncGenerator<A> {
  let left = count
  for await (const value of values) {
    yield value
    if (--left <= 0) return
  }
}

/** The files of a setting, as the process can open them. */
const filesOf = (place: Place, given: RecordsSetting): readonly string[] =>
  ('files' in given ? given.files : given).map(file => pathAt(place, file))

const taken = <R extends VideoRecord>(given: RecordsSetting, records: Records<R>): Records<R> => {
  const take = 'files' in given ? given.take : undefined
  return take === undefined ? records : { [Symbol.asyncIterator]: () => firstOf(records, take) }
}

const optionsOf = (given: RecordsSetting): ReadDatasetOptions => {
  if (!('files' in given)) return {}
  const { format, fields, flaws } = given
  return {
    ...(format === undefined ? {} : { format }),
    ...(fields === undefined ? {} : { fields }),
    ...(flaws === undefined ? {} : { flaws }),
  }
}

/** The questions of a setting, one after the other. Fields that no format knows are in `record.extra`. */
export const questionsOf = (place: Place, given: RecordsSetting): Records<VideoRecord> =>
  taken(given, readDataset(filesOf(place, given), optionsOf(given)))

/** The chains of a setting, one after the other. */
export const chainsOf = (place: Place, given: RecordsSetting): Records<CotRecord> =>
  taken(given, readCotDataset(filesOf(place, given), optionsOf(given)))

/** Records as a phase reads them. */
export const splitOfSetting = (place: Place, given: RecordsSetting): Split => ({
  files: filesOf(place, given),
  read: () => fromRecords(questionsOf(place, given)),
})

/** Chains as fine-tuning reads them. */
export const chainSplitOf = (place: Place, given: RecordsSetting): Split<CotRecord> => ({
  files: filesOf(place, given),
  read: () => fromRecords(chainsOf(place, given)),
})
