import { questionText } from '../../process/index.ts'
import { cotRecord, videoRecord } from '../codec.ts'
import { isRow, type Row, withExtra } from '../extra.ts'
import { isCot } from '../is-cot.ts'
import type { AnyRecord } from './format.ts'
import { textOf } from './rows.ts'

/** The texts of a record as a conversation has them. */
export interface Said {
  readonly system: string | undefined
  /** The question and its options, without a mark for the medium. */
  readonly question: string
  readonly answer: string
  readonly medium: 'video' | 'image'
  readonly path: string
}

/** What a record says in a conversation: a chain of thought where it holds one, else the answer as the file said it. */
export const saidBy = (record: AnyRecord): Said => {
  const kept = isRow(record.extra?.conversation) ? record.extra.conversation : {}
  const instruction = textOf(kept.instruction)
  const question = questionText(record.problem, record.options)
  return {
    system: textOf(kept.system),
    question: instruction === undefined ? question : `${question}\n${instruction}`,
    answer: isCot(record) ? record.output : (textOf(kept.response) ?? record.answer),
    medium: record.dataType === 'image' ? 'image' : 'video',
    path: record.path,
  }
}

const saidElsewhere = new Set(['problem', 'path', 'output'])
const ofChain = new Set(['observation', 'process', 'output', 'reward', 'annotator'])
const published = [
  ...['problem_id', 'problem_type', 'data_type', 'options', 'solution', 'data_source', 'original_question_type'],
  ...['start', 'end', 'fps', 'videos', 'video', 'images', 'image'],
]

/**
 * The columns beside a conversation: what its messages cannot say, by the published names, and what the record keeps. Trainers hand
 * columns that they do not know to rewards (ms-swift, TRL) or leave them alone (LLaMA-Factory). `taken` are the format's own names.
 */
export const columnsOf = (record: AnyRecord, taken: readonly string[]): Row => {
  const { extra, ...plain } = record
  const encoded: object = isCot(plain) ? cotRecord.encode(plain) : videoRecord.encode(plain)
  const columns = Object.fromEntries(Object.entries(encoded).filter(([name]) => !saidElsewhere.has(name)))
  const rest = extra === undefined ? [] : Object.entries(extra).filter(([name]) => name !== 'conversation')
  const isPast = (name: string): boolean => ofChain.has(name) && isCot(record)
  return withExtra(columns, Object.fromEntries(rest), new Set([...published, ...taken]), isPast)
}

/** The lists of media that conversations have as columns. */
export const mediaOf = ({ medium, path }: Said): Row => (medium === 'image' ? { images: [path] } : { videos: [path] })
