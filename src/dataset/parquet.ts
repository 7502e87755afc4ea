import { open } from 'node:fs/promises'
import { either as E } from 'fp-ts'
import type { Compressors, FileMetaData } from 'hyparquet'
import { fault, messageOf } from '../flow/index.ts'
import type { DatasetFault } from './fault.ts'
import { valueLimit, wrongPages } from './parquet-pages.ts'
import type { Batches, Read } from './placed.ts'
import { plainValue } from './plain-value.ts'

/** A group of rows, and a page of one, may unpack to so many bytes: they are held whole. */
const groupLimit = 1024 * 1024 * 1024
/** A group may hold so many rows. */
const rowLimit = 2 ** 22

/** Whether a file says in its first four bytes that it is Parquet. */
export const isParquet = async (path: string): Promise<boolean> => {
  const file = await open(path)
  try {
    const about = await file.stat()
    if (!about.isFile() || about.size < 4) return false
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0)
    return buffer.toString('latin1') === 'PAR1'
  } finally {
    await file.close()
  }
}

const remedy = 'Write the file again, in groups of at most 100,000 rows; or as JSON, one record a line.'
const wrong = (path: string, why: string): DatasetFault => fault('BadFile', `${path}: ${why}`, remedy)

/** What a group says of itself that cannot be, or is more than is taken. */
const wrongGroup = ({ num_rows, columns }: FileMetaData['row_groups'][number], bytes: number): string | undefined => {
  if (num_rows < 0n || num_rows > BigInt(rowLimit))
    return `says that it has ${num_rows} rows, at most ${rowLimit} are taken`
  let unpacked = 0n
  for (const { meta_data: about } of columns) {
    if (about === undefined) continue
    const start = about.dictionary_page_offset ?? about.data_page_offset
    const name = about.path_in_schema.join('.')
    if (about.total_compressed_size < 0n || start < 4n || start + about.total_compressed_size > BigInt(bytes))
      return `says that its column ${name} ends at byte ${start + about.total_compressed_size} of ${bytes}`
    if (about.num_values < 0n || about.num_values > BigInt(valueLimit))
      return `says that its column ${name} has ${about.num_values} values, at most ${valueLimit} are taken`
    unpacked += about.total_uncompressed_size
  }
  return unpacked > BigInt(groupLimit) ? `unpacks to ${unpacked} bytes, at most ${groupLimit} are taken` : undefined
}

/** Unpackers that give no more than a group may unpack to. */
const boundedCompressors = (all: Compressors): Compressors => {
  let left = groupLimit
  return Object.fromEntries(
    Object.entries(all).map(([codec, unpack]) => [
      codec,
      (input: Uint8Array, length: number) => {
        left -= length
        if (length < 0 || left < 0) throw new Error(`a page unpacks to ${length} bytes, more than a group may have`)
        return unpack(input, length)
      },
    ]),
  )
}

/**
 * The rows of a Parquet file (hyparquet, all its compressors), group by group: one group is in memory at a time. Values that JSON does
 * not have are written as it can hold them (`plainValue`). Sizes that the file claims are compared with its own, and bounded: a group has
 * at most 4,194,304 rows and 1 GiB. Left: `BadFile`; a group that is damaged ends the file.
 */
export async function* parquetBatches(path: string): Batches {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import('hyparquet')
  const { compressors } = await import('hyparquet-compressors')
  const file = await asyncBufferFromFile(path)
  let metadata: FileMetaData
  try {
    metadata = await parquetMetadataAsync(file)
  } catch (error) {
    return yield [E.left(wrong(path, `its end does not say what it holds: ${messageOf(error)}`))]
  }
  const total = metadata.row_groups.reduce((sum, group) => sum + group.num_rows, 0n)
  if (total !== metadata.num_rows)
    return yield [E.left(wrong(path, `its end says ${metadata.num_rows} rows, and its groups say ${total}`))]
  let row = 0
  for (const [number, group] of metadata.row_groups.entries()) {
    const rows = Number(group.num_rows)
    try {
      const why = wrongGroup(group, file.byteLength) ?? (await wrongPages(file, group))
      if (why !== undefined) return yield [E.left(wrong(path, `group ${number} ${why}`))]
      const read = await parquetReadObjects({
        ...{ file, metadata, rowStart: row, rowEnd: row + rows },
        compressors: boundedCompressors(compressors),
      })
      if (read.length !== rows)
        return yield [E.left(wrong(path, `group ${number} has ${read.length} rows, and says that it has ${rows}`))]
      const first = row
      yield read.map((value, at): Read => E.right({ where: `${path}, row ${first + at}`, value: plainValue(value) }))
    } catch (error) {
      return yield [E.left(wrong(path, `group ${number} cannot be read: ${messageOf(error)}`))]
    }
    row += rows
  }
}
