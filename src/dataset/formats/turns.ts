import { isRow, type Row } from '../extra.ts'
import { textOf } from './rows.ts'

/** A picture or a video that a message names. */
export interface Named {
  readonly kind: 'video' | 'image'
  readonly path: string
}

/** One message: who says it, its text, and what is shown in it. */
export interface Turn {
  readonly role: string
  readonly text: string
  readonly shown: readonly Named[]
  /** Whether media are marked in the text, as `<video>`, and not parts beside it. */
  readonly isMarked: boolean
}

/** The roles of ShareGPT by those of OpenAI. */
const roles: Readonly<Record<string, string>> = {
  human: 'user',
  gpt: 'assistant',
  model: 'assistant',
  bot: 'assistant',
}

/** A part of a message's content: `{"type": "text", "text": …}`, `{"type": "video", "video": …}`, `{"type": "image"}`. */
const partOf = (part: unknown): { readonly text?: string; readonly shown?: Named } => {
  if (!isRow(part)) return typeof part === 'string' ? { text: part } : {}
  if (part.type === 'text') return { text: textOf(part.text) ?? '' }
  if (part.type !== 'video' && part.type !== 'image') return {}
  const path = [part[part.type], part.path, part.url].find(one => typeof one === 'string')
  return typeof path === 'string' ? { shown: { kind: part.type, path } } : {}
}

const turnOf = (message: unknown): Turn | undefined => {
  if (!isRow(message)) return undefined
  const said = textOf(message.role) ?? textOf(message.from)
  const content: unknown = message.content ?? message.value
  if (said === undefined) return undefined
  const role = Object.hasOwn(roles, said) ? roles[said]! : said
  if (!Array.isArray(content)) return { role, text: textOf(content) ?? '', shown: [], isMarked: true }
  const parts = content.map(partOf)
  const text = parts.map(part => part.text ?? '').join('')
  return { role, text, shown: parts.flatMap(({ shown }) => shown ?? []), isMarked: false }
}

/** The messages of a list, of OpenAI's or ShareGPT's form; nothing where one of them is none. */
export const turnsOf = (list: unknown): readonly Turn[] | undefined => {
  if (!Array.isArray(list)) return undefined
  const turns = list.map(turnOf)
  return turns.every(turn => turn !== undefined) ? turns : undefined
}

/** Paths in a column: one, a list, or structures that name one (`{"path": …}`, `{"video": …}`). */
const pathsIn = (column: unknown): readonly string[] =>
  (Array.isArray(column) ? column : [column]).flatMap(one =>
    typeof one === 'string'
      ? [one]
      : isRow(one)
        ? [one.path, one.video, one.image, one.url].filter(path => typeof path === 'string').slice(0, 1)
        : [],
  )

/** What the columns of a row show. */
export const shownIn = (row: Row): readonly Named[] => [
  ...[...pathsIn(row.videos), ...pathsIn(row.video)].map(path => ({ kind: 'video' as const, path })),
  ...[...pathsIn(row.images), ...pathsIn(row.image)].map(path => ({ kind: 'image' as const, path })),
]
