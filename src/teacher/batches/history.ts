import type { Price } from '../prices.ts'
import { costOf, nothingSpent, type Spent } from '../spent.ts'
import { type TeacherFault, teacherFaults } from '../types.ts'
import type { JournalEntry } from './entry.ts'

/** A chunk of requests, from the line that announced it to the reading of its results. */
export interface Chunk {
  readonly number: number
  readonly keys: readonly string[]
  /** When it was first sent, in milliseconds of this machine's clock. */
  readonly at: number
  /** The most that it can cost, in dollars. */
  readonly reserve: number
  /** The server's name of it, once that is known. */
  readonly batch: string | undefined
  readonly collected: boolean
}

/** All that a journal tells, kept up to date entry by entry. */
export interface History {
  readonly apply: (entry: JournalEntry) => void
  /** The chunk in which a question was sent; undefined where it was never, or has to be sent again. */
  readonly chunkOf: (key: string) => Chunk | undefined
  readonly chunk: (number: number) => Chunk | undefined
  /** Why a question has no answer and will have none. */
  readonly faultOf: (key: string) => TeacherFault | undefined
  /** Chunks whose results were not read. */
  readonly open: () => readonly Chunk[]
  /** Whether a batch of the server is one of these. */
  readonly knows: (batch: string) => boolean
  readonly next: () => number
  readonly spent: () => Spent
}

/** What one batch cost, as its journal tells. */
type Recorded = Extract<JournalEntry, { kind: 'collected' }>['spent']

const added = (sum: Spent, { dollars, untold, answers, lost, ...tokens }: Recorded, price?: Price): Spent => ({
  inputTokens: sum.inputTokens + tokens.inputTokens,
  outputTokens: sum.outputTokens + tokens.outputTokens,
  cacheReadTokens: sum.cacheReadTokens + tokens.cacheReadTokens,
  cacheWriteTokens: sum.cacheWriteTokens + tokens.cacheWriteTokens,
  answers: sum.answers + answers,
  lost: sum.lost + lost,
  untold: sum.untold + untold,
  dollars:
    sum.dollars === undefined || price === undefined ? undefined : sum.dollars + (dollars ?? costOf(tokens, price)),
})

/** An empty history. Holds a key and a number a question, and all keys of a chunk. */
export const history = (price: Price | undefined): History => {
  const chunks = new Map<number, Chunk>()
  const unread = new Map<number, Chunk>()
  const numbers = new Map<string, number>()
  const faults = new Map<string, TeacherFault>()
  const batches = new Set<string>()
  let spent = nothingSpent(price)
  let last = 0
  const change = (number: number, to: Partial<Chunk>): void => {
    const chunk = chunks.get(number)
    if (chunk === undefined) return
    const changed = { ...chunk, ...to }
    chunks.set(number, changed)
    if (changed.collected) unread.delete(number)
    else unread.set(number, changed)
  }
  const forget = (number: number, keys: readonly string[]): void => {
    for (const key of keys) if (numbers.get(key) === number) numbers.delete(key)
  }
  const apply = (entry: JournalEntry): void => {
    if (entry.kind === 'journal') return
    const { chunk: number } = entry
    if (entry.kind === 'creating') {
      last = Math.max(last, number)
      const { keys, at, reserve } = entry
      const chunk = { number, keys, at, reserve, batch: undefined, collected: false }
      chunks.set(number, chunk)
      unread.set(number, chunk)
      for (const key of keys) numbers.set(key, number)
    } else if (entry.kind === 'created') {
      batches.add(entry.batch)
      change(number, { batch: entry.batch })
    } else if (entry.kind === 'failed') {
      forget(number, chunks.get(number)?.keys ?? [])
      chunks.delete(number)
      unread.delete(number)
    } else {
      spent = added(spent, entry.spent, price)
      for (const { key, tag, cause, remedy } of entry.faults)
        faults.set(key, { _tag: teacherFaults.find(known => known === tag) ?? 'Unreadable', cause, remedy })
      forget(number, entry.again)
      change(number, { collected: true })
    }
  }
  return {
    apply,
    chunkOf: key => {
      const number = numbers.get(key)
      return number === undefined ? undefined : chunks.get(number)
    },
    chunk: number => chunks.get(number),
    faultOf: key => faults.get(key),
    open: () => [...unread.values()],
    knows: batch => batches.has(batch),
    next: () => last + 1,
    spent: () => spent,
  }
}
