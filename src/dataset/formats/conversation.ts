import { basename } from 'node:path'
import { either as E } from 'fp-ts'
import { questionText } from '../../process/index.ts'
import { brief } from '../../untrusted/index.ts'
import { optionTexts } from '../choice.ts'
import { isRow, type Row } from '../extra.ts'
import { type DatasetFault, wrongRecord } from '../fault.ts'
import { tagged } from '../fields.ts'
import { optionsIn } from '../options.ts'
import type { AnyRecord, Origin } from './format.ts'
import { recordOf, textOf } from './rows.ts'
import { type Named, shownIn, type Turn } from './turns.ts'

/** The columns of the published form that stand beside a conversation where this library wrote it: they say what messages cannot. */
const columns = [
  ...['problem_id', 'problem_type', 'data_type', 'options', 'solution', 'data_source', 'original_question_type'],
  ...['start', 'end', 'fps', 'observation', 'process', 'reward', 'annotator'],
]
const media = ['videos', 'video', 'images', 'image']

/** The first mark of a medium in a question, and the line break behind it. */
const mark = /<(?:video|image)>\n?/

/** A last line that says how to answer. LLaVA-Video and others put one behind the options. */
const instruction = /^(?:please|answer|respond|select|choose|give|provide)\b/i

/** A question without a last line that says how to answer, where options stand before it. */
const withoutInstruction = (text: string): { readonly text: string; readonly instruction?: string } => {
  const start = text.trimEnd().lastIndexOf('\n') + 1
  const last = text.slice(start).trim()
  const before = text.slice(0, start).trimEnd()
  return start > 0 && instruction.test(last) && optionsIn(before).options.length > 0
    ? { text: before, instruction: last }
    : { text }
}

/** The question of a user's message without its mark, the options that a column names, and the line that says how to answer. */
const questionOf = (turn: Turn, options: readonly string[]) => {
  const { text, ...rest } = withoutInstruction(turn.isMarked ? turn.text.replace(mark, '') : turn.text)
  const printed = questionText('', options)
  const isPrinted = options.length > 0 && text.endsWith(printed)
  return { problem: isPrinted ? text.slice(0, -printed.length) : text, ...rest }
}

const inside = (tag: string, text: string): string | undefined => {
  const start = text.indexOf(`<${tag}>`)
  const end = start < 0 ? -1 : text.indexOf(`</${tag}>`, start)
  return end < 0 ? undefined : text.slice(start + tag.length + 2, end).trim()
}

/** The chain of thought of an answer, where it holds one: `columns` say its segments where they do, its tags elsewhere. */
const chainOf = (row: Row, said: string, truth: string | undefined): Row => {
  const observation = textOf(row.observation) ?? inside('observation', said)
  const process = textOf(row.process) ?? inside('think', said)
  const answer = tagged(said)
  if (observation === undefined || process === undefined || answer === undefined) return {}
  const reward = row.reward ?? (truth === undefined || truth === answer ? 1 : 0)
  return { observation, process, output: said, reward, annotator: row.annotator }
}

/** A question and its answer, as a conversation holds them. */
export interface Exchange {
  readonly system?: string
  readonly question: Turn
  readonly answer?: string
}

const one = (shown: readonly Named[]): E.Either<string, Named> => {
  const [only] = shown
  const count = (wanted: Named['kind']) => shown.filter(({ kind }) => kind === wanted).length
  return shown.length === 1 && only !== undefined
    ? E.right(only)
    : E.left(`names ${count('video')} videos and ${count('image')} images: a record is about one`)
}

/** What a record keeps of a conversation that its own fields do not say, so that it can be written again. */
const conversationOf = (parts: Readonly<Record<string, string | undefined>>): Row => {
  const said = Object.entries(parts).filter(([, text]) => text !== undefined)
  return said.length === 0 ? {} : { conversation: Object.fromEntries(said) }
}

/** The record of one exchange; `number` tells several of one row apart. */
export const recordOfExchange = (
  row: Row,
  { system, question, answer }: Exchange,
  origin: Origin,
  { used, number }: { readonly used: readonly string[]; readonly number?: number },
): E.Either<DatasetFault, AnyRecord> => {
  const medium = one([...shownIn(row), ...question.shown])
  const options = optionTexts(row.options)
  if (E.isLeft(medium)) return E.left(wrongRecord(origin.where, medium.left))
  if (E.isLeft(options)) return E.left(wrongRecord(origin.where, options.left))
  const { problem, instruction: how } = questionOf(question, options.right)
  const column = textOf(row.solution)
  const truth = column === undefined ? undefined : (tagged(column) ?? column.trim())
  const chain = answer === undefined ? {} : chainOf(row, answer, truth)
  const given = textOf(row.problem_id)
  const id = given ?? `${textOf(row.id) ?? basename(origin.path)}:${origin.index}`
  const record = recordOf(row, origin, {
    fields: {
      ...Object.fromEntries(columns.map(name => [name, row[name]])),
      ...chain,
      problem_id: number === undefined ? id : `${id}:${number}`,
      problem,
      data_type: row.data_type ?? medium.right.kind,
      options: options.right,
      solution: truth ?? answer,
      path: medium.right.path,
    },
    used: [...used, ...media, ...columns, ...(given === undefined ? ['id'] : [])],
  })
  if (E.isLeft(record)) return record
  const response = chain.output === undefined && answer !== record.right.answer ? answer : undefined
  const kept = conversationOf({ system, instruction: how, response })
  const extra = { ...record.right.extra, ...kept }
  return Object.keys(extra).length === 0 ? record : E.right({ ...record.right, extra })
}

/** The exchange of a conversation of one question. Left: how many there are instead. */
export const exchangeOf = (turns: readonly Turn[]): E.Either<string, Exchange> => {
  const said = (role: string) => turns.filter(turn => turn.role === role)
  const [questions, answers, [system]] = [said('user'), said('assistant'), said('system')]
  const [question] = questions
  return question !== undefined && questions.length === 1 && answers.length <= 1
    ? E.right({ question, ...(system && { system: system.text }), ...(answers[0] && { answer: answers[0].text }) })
    : E.left(`holds ${questions.length} questions and ${answers.length} answers: a record is one of each`)
}

/** The messages of a row; nothing where they are none. */
type TurnsIn = (row: Row) => readonly Turn[] | undefined

/** The record of a row that holds a list of messages; `name` is the column where they were to be found. */
export const recordOfMessages = (
  value: unknown,
  origin: Origin,
  { name, used, turnsIn }: { readonly name: string; readonly used: readonly string[]; readonly turnsIn: TurnsIn },
): readonly E.Either<DatasetFault, AnyRecord>[] => {
  const turns = isRow(value) ? turnsIn(value) : undefined
  if (!isRow(value) || turns === undefined)
    return [E.left(wrongRecord(origin.where, `${name}: expected a list of messages, found ${brief(value)}`))]
  const exchange = exchangeOf(turns)
  return [
    E.isLeft(exchange)
      ? E.left(wrongRecord(origin.where, exchange.left))
      : recordOfExchange(value, exchange.right, origin, { used }),
  ]
}
