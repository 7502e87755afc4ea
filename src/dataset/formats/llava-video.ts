import { either as E } from 'fp-ts'
import { brief } from '../../untrusted/index.ts'
import { isRow, type Row } from '../extra.ts'
import { wrongRecord } from '../fault.ts'
import { type Exchange, recordOfExchange } from './conversation.ts'
import type { Format } from './format.ts'
import { type Turn, turnsOf } from './turns.ts'

/** Every question of a conversation with its answer; nothing where they do not take turns. */
const exchangesOf = (turns: readonly Turn[]): readonly Exchange[] | undefined => {
  const exchanges: Exchange[] = []
  for (let at = 0; at < turns.length; at += 2) {
    const [question, answer] = [turns[at], turns[at + 1]]
    if (question?.role !== 'user' || answer?.role !== 'assistant') return undefined
    exchanges.push({ question, answer: answer.text })
  }
  return exchanges.length === 0 ? undefined : exchanges
}

const read = (row: Row, origin: Parameters<Format['read']>[1]): ReturnType<Format['read']> => {
  const exchanges = exchangesOf(turnsOf(row.conversations) ?? [])
  if (exchanges === undefined)
    return [
      E.left(
        wrongRecord(origin.where, `conversations: expected human and gpt by turns, found ${brief(row.conversations)}`),
      ),
    ]
  return exchanges.map((exchange, number) =>
    recordOfExchange({ data_source: 'LLaVA-Video-178K', ...row }, exchange, origin, {
      used: ['conversations', 'data_source'],
      ...(exchanges.length === 1 ? {} : { number }),
    }),
  )
}

/**
 * LLaVA-Video-178K (arXiv 2410.02713; https://huggingface.co/datasets/lmms-lab/LLaVA-Video-178K): `conversations` of human and gpt about
 * one `video`. Every question of a conversation is a record of its own, for they are about the clip and not about each other. Ids of the
 * file are those of clips: the place makes them the record's own.
 */
export const llavaVideo: Format = {
  name: 'llava-video',
  about:
    'LLaVA-Video-178K: conversations of human and gpt by turns about one video (or image); each question is a record.',
  fits: row => Array.isArray(row.conversations) && (typeof row.video === 'string' || typeof row.image === 'string'),
  read: (value, origin) =>
    isRow(value)
      ? read(value, origin)
      : [E.left(wrongRecord(origin.where, `expected an object, found ${brief(value)}`))],
}
