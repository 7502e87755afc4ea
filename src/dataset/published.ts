import * as t from 'io-ts'
import type { Row } from './extra.ts'
import { identifier, numeric, oneOf, optionalText, options, solution, someText, tagged } from './fields.ts'
import { dataTypes, problemTypes } from './record.ts'

/** The fields as they are published. */
export const published = t.type(
  {
    problem_id: identifier,
    problem: someText,
    data_type: oneOf(dataTypes),
    problem_type: oneOf(problemTypes),
    options,
    solution,
    path: someText,
    data_source: optionalText,
    original_question_type: optionalText,
  },
  'record',
)

export const publishedCot = t.intersection([
  published,
  t.type({ observation: someText, process: someText, output: someText, reward: numeric, annotator: optionalText }),
])

/** A record in the published form, every field read. */
export type Published = t.TypeOf<typeof published>

const isSaid = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''
const isTextOrNothing = (value: unknown): value is string | null | undefined =>
  value === undefined || value === null || typeof value === 'string'
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every(one => typeof one === 'string')

/**
 * A row in which every field stands as it should, read at once; nothing for every other one. What such a row lacks, and what may be read
 * all the same, the codec says: it gives the same for these, and takes ten times as long, as it notes the way to each field.
 */
export const plainly = (row: Row): Published | undefined => {
  const { problem_id, problem, path } = row
  const { options: choices = [], solution: said, data_source, original_question_type } = row
  const isId = isSaid(problem_id) || (typeof problem_id === 'number' && Number.isSafeInteger(problem_id))
  if (!isId || !isSaid(problem) || !isSaid(path) || typeof said !== 'string') return undefined
  if (!isTexts(choices) || !isTextOrNothing(data_source) || !isTextOrNothing(original_question_type)) return undefined
  const data_type = dataTypes.find(word => word === row.data_type)
  const problem_type = problemTypes.find(word => word === row.problem_type)
  const answer = tagged(said)
  if (data_type === undefined || problem_type === undefined || answer === undefined || answer === '') return undefined
  return {
    problem_id: String(problem_id),
    problem,
    data_type,
    problem_type,
    options: choices,
    solution: answer,
    path,
    data_source: data_source ?? '',
    original_question_type: original_question_type ?? '',
  }
}
