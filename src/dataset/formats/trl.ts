import { isRow, type Row } from '../extra.ts'
import { recordOfMessages } from './conversation.ts'
import type { AnyRecord, Format } from './format.ts'
import { type Turn, turnsOf } from './turns.ts'
import { columnsOf, saidBy } from './write-conversation.ts'

const used = ['prompt', 'completion', 'messages']

const write = (record: AnyRecord): Row => {
  const said = saidBy(record)
  const text = (content: string) => [{ type: 'text', text: content }]
  const shown = said.medium === 'image' ? { type: 'image' } : { type: 'video', video: said.path }
  return {
    prompt: [
      ...(said.system === undefined ? [] : [{ role: 'system', content: text(said.system) }]),
      { role: 'user', content: [shown, ...text(said.question)] },
    ],
    completion: [{ role: 'assistant', content: text(said.answer) }],
    ...(said.medium === 'image' ? { images: [said.path] } : {}),
    ...columnsOf(record, used),
  }
}

/** The messages of a row: of prompt and completion, or of one list. */
const turnsIn = (row: Row): readonly Turn[] | undefined => {
  if (row.messages !== undefined) return turnsOf(row.messages)
  const [prompt, completion] = [turnsOf(row.prompt), turnsOf(row.completion ?? [])]
  return prompt === undefined || completion === undefined ? undefined : [...prompt, ...completion]
}

const hasParts = (message: unknown): boolean => isRow(message) && Array.isArray(message.content)

/**
 * TRL's conversations (https://huggingface.co/docs/trl/dataset_formats, conversational prompt-completion, prompt-only and `messages`):
 * content in parts, `images` beside them. Videos are parts that name their file, as its script for videos (`sft_video_llm.py`) and
 * qwen_vl_utils read them, since TRL has no column for them. Without a completion the answer stands in `solution`.
 */
export const trl: Format = {
  name: 'trl',
  about:
    'TRL: prompt and completion (or messages) as lists of messages with content in parts; images; solution for rewards.',
  fits: row =>
    (Array.isArray(row.prompt) && turnsOf(row.prompt) !== undefined) ||
    (Array.isArray(row.messages) && row.messages.some(hasParts)),
  read: (value, origin) => recordOfMessages(value, origin, { name: 'prompt', used, turnsIn }),
  write,
}
