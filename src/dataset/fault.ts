import type { Errors } from 'io-ts'
import { type Fault, fault } from '../flow/index.ts'
import { brief } from '../untrusted/index.ts'

/**
 * `NoFile`: cannot be opened · `BadFile`: breaks off, is not gzip or not UTF-8 · `BadJson`: not JSON at that line or
 * element · `BadRecord`: JSON, but a field is missing or wrong · `OutsideRoot`: a media path that leaves its root ·
 * `CannotWrite`: the file system refused.
 */
export type DatasetFault = Fault<'NoFile' | 'BadFile' | 'BadJson' | 'BadRecord' | 'OutsideRoot' | 'CannotWrite'>

const idOf = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'problem_id' in value ? ` (problem_id ${brief(value.problem_id)})` : ''

/** Turns io-ts errors into one fault that names place, problem_id and every wrong field with what stands in it. */
export const badRecord = (where: string, value: unknown, errors: Errors): DatasetFault => {
  const fields = errors.map(({ context, value: found, message }) => {
    const field = context
      .map(({ key }) => key)
      .filter(key => key !== '' && !/^\d+$/.test(key))
      .at(-1)
    const wanted = message ?? `expected ${context.at(-1)?.type.name ?? 'something else'}`
    return `${field ?? 'the record'}: ${wanted}, found ${brief(found)}`
  })
  return fault(
    'BadRecord',
    `${where}${idOf(value)}: ${[...new Set(fields)].join('; ')}`,
    'Correct the record, or leave it out.',
  )
}
