import { basename } from 'node:path'
import { either as E } from 'fp-ts'
import type { Errors } from 'io-ts'
import { brief } from '../untrusted/index.ts'
import { atPath } from './at-path.ts'
import { letterOf, optionTexts } from './choice.ts'
import { cotRecord, videoRecord } from './codec.ts'
import { extraOf, isRow, type Row } from './extra.ts'
import { badRecord, type DatasetFault, wrongRecord } from './fault.ts'
import { type FieldMap, type MappedField, mappedFields } from './field-map.ts'
import { tagged } from './fields.ts'
import type { AnyRecord, Format, Origin } from './formats/format.ts'
import { kindOfFile } from './kind-of-file.ts'
import { windowOf } from './window.ts'

/** Where the published form has a field, so that a map need not name it there. */
const published: Readonly<Record<string, string>> = {
  id: 'problem_id',
  problemType: 'problem_type',
  dataType: 'data_type',
  answer: 'solution',
  source: 'data_source',
  kind: 'original_question_type',
}
const publishedName = (field: string): string => published[field] ?? field

type Source = NonNullable<FieldMap[MappedField]>

/** What stands where a source leads. */
const taken = (source: Source, row: Row): unknown => {
  if (typeof source === 'string') return atPath(row, source)
  if (typeof source === 'function') return source(row)
  if ('value' in source) return source.value
  if (!('from' in source)) return source.map(path => atPath(row, path))
  const { values = {}, before = '', behind = '' } = source
  const found = atPath(row, source.from)
  const named = typeof found !== 'object' && Object.hasOwn(values, String(found)) ? values[String(found)] : found
  if ((before === '' && behind === '') || (typeof named !== 'string' && typeof named !== 'number')) return named
  return `${before}${named}${behind}`
}

/** The names of the file's own fields that a map uses up; what stands deeper in one leaves it as it is. */
const usedNames = (map: FieldMap): ReadonlySet<string> =>
  new Set(
    mappedFields.flatMap(field => {
      const source = sourceOf(map, field)
      if (source === undefined) return [publishedName(field)]
      if (typeof source === 'string') return [source]
      if (typeof source === 'function' || 'value' in source) return []
      return 'from' in source ? [source.from] : source
    }),
  )

const isField = (name: string): name is MappedField => mappedFields.includes(name)
const sourceOf = (map: FieldMap, field: string): Source | undefined => (isField(field) ? map[field] : undefined)

/** A field as it is called in messages: ours, and where it was looked for. */
const calledBy =
  (map: FieldMap) =>
  (name: string): string => {
    const field = mappedFields.find(one => publishedName(one) === name) ?? name
    const source = sourceOf(map, field)
    if (source === undefined) return field === name ? name : `${field} (looked for as ${name})`
    const from =
      typeof source === 'string' ? source : typeof source === 'object' && 'from' in source ? source.from : undefined
    return from === undefined || from === field ? field : `${field} (from ${from})`
  }

/** The answer as a text: out of its tags where it has some. */
const answerText = (value: unknown): string | undefined => {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' ? (tagged(value) ?? value.trim()) : undefined
}

const plain = ['problem', 'source', 'kind', 'fps', 'observation', 'process', 'output', 'reward', 'annotator'] as const

/** The row in the published form, of which the codec says what is missing. */
const publishedRow = (map: FieldMap, row: Row, { path: file, index }: Origin): E.Either<string, Row> => {
  const found = (field: MappedField): unknown => {
    const source = map[field]
    return source === undefined ? row[publishedName(field)] : taken(source, row)
  }
  const options = optionTexts(found('options'))
  if (E.isLeft(options)) return options
  const type = found('problemType') ?? (options.right.length > 0 ? 'multiple choice' : undefined)
  const path = found('path')
  const answer = answerText(found('answer'))
  const right =
    answer !== undefined && type === 'multiple choice' ? letterOf(options.right, answer, countedBy(map.answer)) : answer
  const [start, end] = [found('start') ?? undefined, found('end') ?? undefined]
  if ((start ?? end) !== undefined && windowOf({ start, end }) === undefined)
    return E.left(`start and end: expected seconds, start before end, found ${brief(start)} and ${brief(end)}`)
  return E.right({
    ...Object.fromEntries(plain.map(field => [publishedName(field), found(field)])),
    problem_id: found('id') ?? `${basename(file)}:${index}`,
    problem_type: type,
    data_type: found('dataType') ?? (typeof path === 'string' ? kindOfFile(path) : undefined),
    options: options.right,
    path,
    solution: right === undefined || right === '' ? undefined : `<answer>${right}</answer>`,
    ...(start === undefined ? {} : { start, end }),
  })
}

const countedBy = (source: Source | undefined) =>
  typeof source === 'object' && 'from' in source ? source.counted : undefined

/** Reads values by a field map. */
const read = (map: FieldMap): Format['read'] => {
  const used = usedNames(map)
  const called = calledBy(map)
  const recordOf = (value: unknown, origin: Origin): E.Either<DatasetFault, AnyRecord> => {
    if (!isRow(value)) return E.left(wrongRecord(origin.where, `expected an object, found ${brief(value)}`))
    const row = publishedRow(map, value, origin)
    if (E.isLeft(row)) return E.left(wrongRecord(origin.where, row.left))
    const isChain = row.right.observation !== undefined && row.right.output !== undefined
    const decoded: E.Either<Errors, AnyRecord> = (isChain ? cotRecord : videoRecord).decode(row.right)
    if (E.isLeft(decoded)) return E.left(badRecord(origin.where, row.right, decoded.left, called))
    const { extra: _, ...record } = decoded.right
    const extra = extraOf(value, used)
    return E.right(extra === undefined ? record : { ...record, extra })
  }
  return (value, origin) => [recordOf(value, origin)]
}

/**
 * A format of the user's own, from a field map. What a map does not name is looked for under its published name; an id that is nowhere is
 * made of the file's name and the place in it; the data type is told by the ending of `path`, and options make a question one of multiple
 * choice, where the file says neither.
 */
export const mapped = (map: FieldMap): Format => ({
  name: 'field map',
  about: 'Names of your own, by a field map.',
  fits: () => false,
  read: read(map),
})
