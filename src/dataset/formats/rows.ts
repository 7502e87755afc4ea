import { either as E } from 'fp-ts'
import type { Errors } from 'io-ts'
import { brief } from '../../untrusted/index.ts'
import { type Counting, letterOf, optionTexts } from '../choice.ts'
import { cotRecord, videoRecord } from '../codec.ts'
import { extraOf, isRow, type Row } from '../extra.ts'
import { badRecord, type DatasetFault, wrongRecord } from '../fault.ts'
import { tagged } from '../fields.ts'
import { optionsIn, withoutOptions } from '../options.ts'
import type { AnyRecord, Format, Origin } from './format.ts'

/** What a format makes of a row: the fields of the published form, where they may still be as the row has them, and what it used up. */
export interface Reading {
  readonly fields: Row
  /** Names of the row whose values are in the fields; the others are kept as they are. */
  readonly used: readonly string[]
  /** How options are counted, where the answer is a number of one. */
  readonly counted?: Counting
  /** What the record keeps beyond the row's own fields. */
  readonly kept?: Row
}

/** A text or a number as a text; nothing for all else. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined

/** The question, its options and its answer, as the published form has them. */
const asked = (fields: Row, counted: Counting | undefined): E.Either<string, Row> =>
  E.map((given: readonly string[]): Row => {
    const problem = typeof fields.problem === 'string' ? fields.problem : undefined
    const isChoice = (fields.problem_type ?? 'multiple choice') === 'multiple choice'
    const inside = given.length === 0 && isChoice && problem !== undefined ? optionsIn(problem) : undefined
    const options = inside?.options ?? given
    const text = textOf(fields.solution)
    const answer = text === undefined ? undefined : (tagged(text) ?? text.trim())
    const right = answer !== undefined && options.length > 0 && isChoice ? letterOf(options, answer, counted) : answer
    return {
      problem: inside?.problem ?? (problem === undefined ? undefined : withoutOptions(problem, options)),
      options,
      problem_type: fields.problem_type ?? (options.length > 0 ? 'multiple choice' : 'free-form'),
      solution: right === undefined || right === '' ? undefined : `<answer>${right}</answer>`,
    }
  })(optionTexts(fields.options))

/** The record of what a format made of a row. Without a type it is multiple choice where there are options, and free-form elsewhere. */
export const recordOf = (row: Row, { where }: Origin, reading: Reading): E.Either<DatasetFault, AnyRecord> => {
  const question = asked(reading.fields, reading.counted)
  if (E.isLeft(question)) return E.left(wrongRecord(where, question.left))
  const fields = Object.fromEntries(
    Object.entries({ ...reading.fields, ...question.right }).filter(([, value]) => value !== undefined),
  )
  const codec = fields.output === undefined ? videoRecord : cotRecord
  const decoded: E.Either<Errors, AnyRecord> = codec.decode(fields)
  if (E.isLeft(decoded)) return E.left(badRecord(where, fields, decoded.left))
  const extra = { ...decoded.right.extra, ...extraOf(row, new Set(reading.used)), ...reading.kept }
  return Object.keys(extra).length === 0 ? decoded : E.right({ ...decoded.right, extra })
}

/** The `read` of a format whose every row is one record. */
export const rowReader =
  (read: (row: Row, origin: Origin) => Reading): Format['read'] =>
  (value, origin) => [
    isRow(value)
      ? recordOf(value, origin, read(value, origin))
      : E.left(wrongRecord(origin.where, `expected an object, found ${brief(value)}`)),
  ]
