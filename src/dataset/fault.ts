import type { Errors } from 'io-ts'
import { type Fault, fault } from '../flow/index.ts'
import { brief } from '../untrusted/index.ts'

/**
 * `NoFile`: cannot be opened · `BadFile`: breaks off, is not gzip or not UTF-8 · `BadJson`: not JSON at that line or
 * element · `BadRecord`: JSON, but a field is missing or wrong · `OutsideRoot`: a media path that leaves its root ·
 * `CannotWrite`: the file system refused · `UnknownFormat`: no format of that name, or none that the content tells for certain ·
 * `BadOptions`: a question of multiple choice without options, or whose options do not hold its answer · `DuplicateId`: an id that an
 * earlier record has · `NotWritable`: the format can be read only, or cannot hold that record.
 */
export type DatasetFault = Fault<
  | 'NoFile'
  | 'BadFile'
  | 'BadJson'
  | 'BadRecord'
  | 'OutsideRoot'
  | 'CannotWrite'
  | 'UnknownFormat'
  | 'BadOptions'
  | 'DuplicateId'
  | 'NotWritable'
>

const idOf = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'problem_id' in value ? ` (problem_id ${brief(value.problem_id)})` : ''

/** A record that is wrong, in words of the reader's own. */
export const wrongRecord = (where: string, why: string): DatasetFault =>
  fault('BadRecord', `${where}: ${why}`, 'Correct the record, or leave it out.')

/**
 * Turns io-ts errors into one fault that names place, problem_id and every wrong field with what stands in it. `called` says how fields
 * are called in the user's file.
 */
export const badRecord = (
  where: string,
  value: unknown,
  errors: Errors,
  called: (field: string) => string = field => field,
): DatasetFault => {
  const fields = errors.map(({ context, value: found, message }) => {
    const field = context
      .map(({ key }) => key)
      .filter(key => key !== '' && !/^\d+$/.test(key))
      .at(-1)
    const wanted = message ?? `expected ${context.at(-1)?.type.name ?? 'something else'}`
    return `${field === undefined ? 'the record' : called(field)}: ${wanted}, found ${brief(found)}`
  })
  return wrongRecord(`${where}${idOf(value)}`, [...new Set(fields)].join('; '))
}
