import { either as E } from 'fp-ts'
import { brief } from '../../untrusted/index.ts'
import { isRow, type Row } from '../extra.ts'
import { wrongRecord } from '../fault.ts'
import { type Exchange, exchangeOf, recordOfExchange } from './conversation.ts'
import type { AnyRecord, Format } from './format.ts'
import { textOf } from './rows.ts'
import { turnsOf } from './turns.ts'
import { columnsOf, mediaOf, saidBy } from './write-conversation.ts'

const ofSharegpt = ['conversations', 'messages', 'system']
const ofAlpaca = ['instruction', 'input', 'output', 'system', 'history']

/** The exchange of a row of ShareGPT's form; the system prompt may be a column. */
const sharegptExchange = (row: Row): E.Either<string, Exchange> => {
  const turns = turnsOf(row.conversations ?? row.messages)
  if (turns === undefined)
    return E.left(`conversations: expected a list of messages, found ${brief(row.conversations)}`)
  const system = textOf(row.system)
  return E.map((exchange: Exchange) => (system === undefined || system === '' ? exchange : { system, ...exchange }))(
    exchangeOf(turns),
  )
}

/** The exchange of a row of Alpaca's form: the question is the instruction and, on a further line, the input. */
const alpacaExchange = (row: Row): E.Either<string, Exchange> => {
  const [input, system, answer] = [textOf(row.input) ?? '', textOf(row.system) ?? '', textOf(row.output)]
  const history: unknown = row.history ?? []
  if (typeof row.instruction !== 'string')
    return E.left(`instruction: expected a text, found ${brief(row.instruction)}`)
  if (!Array.isArray(history) || history.length > 0)
    return E.left('history: holds earlier questions: a record is one question')
  const text = input === '' ? row.instruction : `${row.instruction}\n${input}`
  return E.right({
    question: { role: 'user', text, shown: [], isMarked: true },
    ...(system === '' ? {} : { system }),
    ...(answer === undefined ? {} : { answer }),
  })
}

const isAlpaca = (row: Row): boolean => 'instruction' in row && 'output' in row

const read: Format['read'] = (value, origin) => {
  if (!isRow(value)) return [E.left(wrongRecord(origin.where, `expected an object, found ${brief(value)}`))]
  const exchange = isAlpaca(value) ? alpacaExchange(value) : sharegptExchange(value)
  if (E.isLeft(exchange)) return [E.left(wrongRecord(origin.where, exchange.left))]
  return [recordOfExchange(value, exchange.right, origin, { used: isAlpaca(value) ? ofAlpaca : ofSharegpt })]
}

const writeSharegpt = (record: AnyRecord): Row => {
  const said = saidBy(record)
  const conversations = [
    { from: 'human', value: `<${said.medium}>\n${said.question}` },
    { from: 'gpt', value: said.answer },
  ]
  const system = said.system === undefined ? {} : { system: said.system }
  return { conversations, ...system, ...mediaOf(said), ...columnsOf(record, ofSharegpt) }
}

const writeAlpaca = (record: AnyRecord): Row => {
  const said = saidBy(record)
  const instruction = `<${said.medium}>\n${said.question}`
  const system = said.system === undefined ? {} : { system: said.system }
  return { instruction, input: '', output: said.answer, ...system, ...mediaOf(said), ...columnsOf(record, ofAlpaca) }
}

const hasLists = (row: Row): boolean => Array.isArray(row.videos) || Array.isArray(row.images)

/**
 * LLaMA-Factory in ShareGPT's form (`data/README.md` and `data/mllm_video_demo.json` of hiyouga/LLaMA-Factory): `conversations` of human
 * and gpt, or `messages`; `videos` or `images` as lists, one mark for each in the question. Read and written with the names that its
 * README has; a `dataset_info.json` that renames columns asks for a field map.
 */
export const llamaFactory: Format = {
  name: 'llama-factory',
  about: 'LLaMA-Factory, ShareGPT: conversations of human and gpt (or messages), videos or images as lists, system.',
  fits: row => Array.isArray(row.conversations) && hasLists(row),
  read,
  write: writeSharegpt,
}

/** LLaMA-Factory in Alpaca's form (`data/README.md` of hiyouga/LLaMA-Factory): `instruction`, `input`, `output`, and lists of media. */
export const llamaFactoryAlpaca: Format = {
  name: 'llama-factory-alpaca',
  about: 'LLaMA-Factory, Alpaca: instruction, input, output, videos or images as lists, system.',
  fits: row => isAlpaca(row) && hasLists(row),
  read,
  write: writeAlpaca,
}
