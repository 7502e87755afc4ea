import type { AsyncBuffer, ColumnChunk, RowGroup } from 'hyparquet'
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js'

/** A column of a group may have so many values: they are held whole. */
export const valueLimit = 2 ** 24

/** A page's header is looked for in so many bytes. */
const headerBytes = 64 * 1024

/** What a page's header says: how long the page is, packed, and how many values it has. */
interface PageHeader {
  readonly packed: number
  readonly values: number
  readonly length: number
}

/** The count of values in the header of a page of data (fields 5 and 8) or of a dictionary (7): their first field. */
const countIn = (header: unknown): number => {
  const count = typeof header === 'object' && header !== null ? Reflect.get(header, 'field_1') : 0
  return typeof count === 'number' ? count : 0
}

const headerAt = async (file: AsyncBuffer, start: number, end: number): Promise<PageHeader> => {
  const reader = { view: new DataView(await file.slice(start, Math.min(end, start + headerBytes))), offset: 0 }
  const header: Readonly<Record<string, unknown>> = deserializeTCompactProtocol(reader)
  const values = ['field_5', 'field_7', 'field_8'].map(name => countIn(header[name]))
  const packed = typeof header.field_3 === 'number' ? header.field_3 : -1
  return { packed, values: Math.max(...values), length: reader.offset }
}

const wrongColumn = async (file: AsyncBuffer, { meta_data: about }: ColumnChunk): Promise<string | undefined> => {
  if (about === undefined) return undefined
  const name = about.path_in_schema.join('.')
  let at = Number(about.dictionary_page_offset ?? about.data_page_offset)
  const end = at + Number(about.total_compressed_size)
  while (at < end) {
    const { packed, values, length } = await headerAt(file, at, end)
    if (values < 0 || values > Number(about.num_values))
      return `has a page of column ${name} that says it has ${values} values, the column has ${about.num_values}`
    if (packed < 0 || at + length + packed > end) return `has a page of column ${name} that ends behind its column`
    at += length + packed
  }
  return undefined
}

/**
 * What the pages of a group say of themselves that cannot be: a page that says it has more values than its column, or goes on behind it.
 * The reader makes room for as many as a page claims before it looks for them.
 */
export const wrongPages = async (file: AsyncBuffer, { columns }: RowGroup): Promise<string | undefined> => {
  for (const column of columns) {
    const wrong = await wrongColumn(file, column)
    if (wrong !== undefined) return wrong
  }
  return undefined
}
