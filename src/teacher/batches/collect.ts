import { either as E } from 'fp-ts'
import { teacherFault } from '../fault.ts'
import type { KeptAnswers } from '../kept.ts'
import type { Price } from '../prices.ts'
import { alsoSpent, nothingSpent } from '../spent.ts'
import type { TeacherFault } from '../types.ts'
import type { BatchApi, CallFault } from './api.ts'
import type { JournalEntry } from './entry.ts'
import type { Chunk } from './history.ts'
import { type Finding, type Reading, readLine } from './outcome.ts'
import { type Outage, patiently } from './patient.ts'
import { readResults } from './results.ts'

/** Where results come from, how they are read, and where answers go. */
export interface Collecting {
  readonly api: BatchApi
  readonly reading: Reading
  readonly kept: KeptAnswers
  readonly price: Price | undefined
  readonly idleMs: number
  readonly outage: Outage
  readonly signal: AbortSignal
  /** Told of every request, once, when its answer is kept. */
  readonly told: (key: string, finding: Finding) => void
}

type Collected = Extract<JournalEntry, { kind: 'collected' }>

const short = (batch: string, read: number, of: number): CallFault => ({
  ...teacherFault('Unreadable', `${batch}: ${read} of ${of} results came`, 'Read them again later.'),
  again: { afterMs: undefined },
  unsure: false,
  missing: false,
})

/**
 * Reads all results of a batch that has ended: keeps the answers, tells of every request, and gives the journal's entry.
 * Results that broke off, or that lack some of the requests, are read again, without telling of any twice. Holds which
 * requests were read. Left: the disk's faults, those of a server that stays away, and `Unreadable` where some stay absent:
 * they may have been paid for, so that they are not sent again.
 */
export const collect = async (
  { api, reading, kept, price, idleMs, outage, signal, told }: Collecting,
  chunk: Chunk,
  batch: string,
): Promise<E.Either<TeacherFault, Collected>> => {
  const waited = new Set(chunk.keys)
  let spent = nothingSpent(price)
  let disk: TeacherFault | undefined
  const faults: Collected['faults'] = []
  const again: string[] = []
  const note = async (value: unknown): Promise<boolean> => {
    if (signal.aborted) return false
    const read = readLine(reading, value)
    if (read === undefined || !waited.has(read.key)) return true
    const { key, outcome } = read
    if (outcome.kind === 'answered') {
      const written = await kept.keep(key, outcome.text)()
      if (E.isLeft(written)) {
        disk = written.left
        return false
      }
      spent = alsoSpent(spent, outcome.usage, 'answers', price)
    } else if (outcome.kind === 'final') {
      const { _tag: tag, cause, remedy } = outcome.fault
      faults.push({ key, tag, cause, remedy })
      if (outcome.usage !== undefined) spent = alsoSpent(spent, outcome.usage, 'lost', price)
    } else again.push(key)
    waited.delete(key)
    told(key, outcome.kind === 'answered' ? { kind: 'answered', usage: outcome.usage } : outcome)
    return true
  }
  const once = async (): Promise<E.Either<CallFault, void>> => {
    const { broken } = await readResults(api, batch, idleMs, note)
    if (disk !== undefined || waited.size === 0) return E.right(undefined)
    return E.left(broken ?? short(batch, chunk.keys.length - waited.size, chunk.keys.length))
  }
  const done = await patiently(once, outage, signal)
  if (disk !== undefined) return E.left(disk)
  if (E.isLeft(done)) return done
  const cost = chunk.collected ? nothingSpent(price) : spent
  return E.right({ kind: 'collected', chunk: chunk.number, spent: cost, faults, again })
}
