import { isUtf8 } from 'node:buffer'
import { Readable } from 'node:stream'
import { either as E } from 'fp-ts'
import { fault, messageOf } from '../flow/index.ts'
import { recordLimit } from './cut.ts'
import type { Batches, Read } from './placed.ts'

/** Whether a file is a table by its name: nothing else tells a table from text. */
export const isTable = (path: string): boolean => /\.(csv|tsv)(\.gz)?$/i.test(path)

/** The character between two columns: what stands in the first line outside of quotes, comma before semicolon before tab. */
const delimiterOf = (path: string, first: Buffer): string => {
  const end = first.indexOf(0x0a)
  const line = first
    .subarray(0, end < 0 ? first.length : end)
    .toString('latin1')
    .replace(/"[^"]*"/g, '')
  const order = /\.tsv(\.gz)?$/i.test(path) ? ['\t', ',', ';'] : [',', ';', '\t', '|']
  return order.find(one => line.includes(one)) ?? ','
}

/** Pieces as a stream holds them: not in the memory of those before. */
async function* keptPieces(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  for await (const piece of pieces) yield Buffer.from(piece)
}

const rowsAtOnce = 64

/** A row of the file: its fields as bytes, and the line on which it ends. */
interface Fields {
  readonly record: readonly Buffer[]
  readonly info: { readonly lines: number }
}

const twiceNamed = (names: readonly string[]): string | undefined =>
  names.find((name, at) => names.indexOf(name) !== at)

/** A row as an object of texts, or what is wrong with it. */
const rowOf = (path: string, names: readonly string[], { record, info }: Fields): Read => {
  const where = `${path}, line ${info.lines}`
  if (record.length !== names.length)
    return E.left(
      fault(
        'BadRecord',
        `${where}: ${record.length} fields, the first line names ${names.length}`,
        'Correct the line: quote fields that hold commas.',
      ),
    )
  if (!record.every(field => isUtf8(field)))
    return E.left(fault('BadFile', `${where} is not UTF-8`, 'Write the file as UTF-8.'))
  return E.right({ where, value: Object.fromEntries(names.map((name, at) => [name, record[at]!.toString('utf8')])) })
}

const notATable = (path: string, error: unknown): Read =>
  E.left(
    fault(
      'BadFile',
      `${path} is no table from here on: ${messageOf(error)}`,
      'Close the quotes, or double those inside of a field.',
    ),
  )

/**
 * The rows of a table as objects of texts, by the names in its first line (RFC 4180 by csv-parse; tabs and semicolons too; `\r\n`, a
 * byte-order mark). A row with more or fewer fields than there are names is a `Left`, and reading goes on; quotes that do not close are
 * the last. Holds 64 rows.
 */
export async function* csvBatches(path: string, pieces: AsyncGenerator<Buffer>): Batches {
  const iterator = keptPieces(pieces)
  const first = await iterator.next()
  if (first.done === true)
    return yield [E.left(fault('BadFile', `${path} is empty`, 'Write a first line with the names of the fields.'))]
  const whole = async function* () {
    yield first.value
    yield* iterator
  }
  const { parse } = await import('csv-parse')
  const parser = parse({
    delimiter: delimiterOf(path, first.value),
    encoding: null,
    info: true,
    max_record_size: recordLimit,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  })
  const source = Readable.from(whole(), { highWaterMark: 1 })
  source.on('error', error => parser.destroy(error))
  let names: readonly string[] | undefined
  let batch: Read[] = []
  try {
    for await (const row of source.pipe(parser)) {
      const fields: Fields = row
      if (names === undefined) {
        names = fields.record.map(name => name.toString('utf8').trim())
        const twice = twiceNamed(names)
        if (twice === undefined) continue
        return yield [
          E.left(fault('BadFile', `${path}: two columns are called "${twice}"`, 'Give every column its own name.')),
        ]
      }
      batch.push(rowOf(path, names, fields))
      if (batch.length < rowsAtOnce) continue
      yield batch
      batch = []
    }
    yield batch
  } catch (error) {
    yield [...batch, notATable(path, error)]
  } finally {
    source.destroy()
    parser.destroy()
  }
}
