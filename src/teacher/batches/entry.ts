import { createHash } from 'node:crypto'
import { either as E, function as F } from 'fp-ts'
import * as t from 'io-ts'
import { parseJson } from '../../untrusted/index.ts'

const count = t.number
const spent = t.intersection([
  t.type({
    inputTokens: count,
    outputTokens: count,
    cacheReadTokens: count,
    cacheWriteTokens: count,
    answers: count,
    lost: count,
    untold: count,
  }),
  t.partial({ dollars: t.union([count, t.undefined]) }),
])
const finalFault = t.type({ key: t.string, tag: t.string, cause: t.string, remedy: t.string })

/** What a journal's lines say. */
const journalEntry = t.union([
  /** The first line: whose journal it is. */
  t.type({ kind: t.literal('journal'), version: t.literal(1), teacher: t.string, address: t.string }),
  /** A chunk is about to be sent; `reserve` is the most that it can cost, in dollars. */
  t.type({
    kind: t.literal('creating'),
    chunk: count,
    at: count,
    reserve: count,
    keys: t.array(t.string),
  }),
  /** The server has it under this name. */
  t.type({ kind: t.literal('created'), chunk: count, batch: t.string }),
  /** The server does not have it, and was not paid. */
  t.type({ kind: t.literal('failed'), chunk: count }),
  /** Its results were read: what they cost, faults that asking again does not mend, and requests that were not answered. */
  t.type({ kind: t.literal('collected'), chunk: count, spent, faults: t.array(finalFault), again: t.array(t.string) }),
])

/** One line of a journal. */
export type JournalEntry = t.TypeOf<typeof journalEntry>

const sum = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

/** An entry as a line that says whether it is whole: eight digits of its SHA-256, and the entry as JSON. */
export const lineOf = (entry: JournalEntry): string => {
  const text = JSON.stringify(entry)
  return `${sum(text)} ${text}\n`
}

/** The entry of a line without its end. Left: what is wrong with it. */
export const entryOf = (line: string): E.Either<string, JournalEntry> => {
  const text = line.slice(9)
  if (line.slice(0, 9) !== `${sum(text)} `) return E.left('does not have the sum that it names')
  return F.pipe(
    parseJson(text),
    E.flatMap(value =>
      F.pipe(
        journalEntry.decode(value),
        E.mapLeft(() => 'is no entry of such a journal'),
      ),
    ),
  )
}
