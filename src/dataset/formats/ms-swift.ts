import { isRow, type Row } from '../extra.ts'
import { recordOfMessages } from './conversation.ts'
import type { AnyRecord, Format } from './format.ts'
import { turnsOf } from './turns.ts'
import { columnsOf, mediaOf, saidBy } from './write-conversation.ts'

const used = ['messages']

const write = (record: AnyRecord): Row => {
  const said = saidBy(record)
  const system = said.system === undefined ? [] : [{ role: 'system', content: said.system }]
  const messages = [
    ...system,
    { role: 'user', content: `<${said.medium}>\n${said.question}` },
    { role: 'assistant', content: said.answer },
  ]
  return { messages, ...mediaOf(said), ...columnsOf(record, used) }
}

const hasText = (message: unknown): boolean =>
  isRow(message) && typeof message.content === 'string' && 'role' in message

/**
 * ms-swift's standard form (https://swift.readthedocs.io/en/latest/Customization/Custom-dataset.html): `messages` with `<video>` or
 * `<image>` in the question, `videos` or `images` beside them; `solution` for GRPO. LLaMA-Factory's files in OpenAI's form are the same.
 * Written with the published fields beside the messages, so that nothing is lost. A system message, a line that says how to answer and an
 * answer of more words than the truth are kept under `extra.conversation`.
 */
export const msSwift: Format = {
  name: 'ms-swift',
  about: 'ms-swift: messages of roles and texts with <video> or <image>, videos or images; solution for rewards.',
  fits: row =>
    Array.isArray(row.messages) &&
    row.messages.every(hasText) &&
    ['videos', 'images', 'video', 'image'].some(name => name in row),
  read: (value, origin) =>
    recordOfMessages(value, origin, { name: 'messages', used, turnsIn: row => turnsOf(row.messages) }),
  write,
}
