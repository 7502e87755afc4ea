import { defect, fault } from '../../flow/index.ts'
import { checkedPatience } from '../checked.ts'
import type { ClaudeOptions } from '../claude-request.ts'
import { halfOf, type Price, type PriceList, priceOf } from '../prices.ts'

/** Which model answers in batches, where their journal stands, and what bounds them. */
export interface BatchOptions extends Omit<ClaudeOptions, 'maxRetries'> {
  /** Folder of the journal; one process at a time has it. The same folder goes on where the last process stopped. */
  readonly journal: string
  /** Folder of the answers, one with `cachedAnswers` if you like; `answers` in the journal's by default. */
  readonly answers?: string
  /** Bytes of one batch's body; 16,000,000 by default: sending holds about ten times as much. At most 250,000,000. */
  readonly chunkBytes?: number
  /** Requests of one batch; 100,000 by default and at most. */
  readonly chunkRequests?: number
  /** A chunk that is not full is sent when nothing was added to it for so long; 2,000 ms by default. */
  readonly lingerMs?: number
  /** The first and the longest time between two looks at a batch; 10,000 and 120,000 ms by default. */
  readonly pollMs?: readonly [number, number]
  /**
   * How long the server's list may lag behind: a chunk of which nobody knows whether it came is looked for so long
   * before it is sent again, and a batch may be unknown (404) so long after it was made; 60,000 ms by default.
   */
  readonly settleMs?: number
  /** Results that stop coming for so long are read again; 60,000 ms by default. */
  readonly idleMs?: number
  /** How long a server that does not answer, or is too busy, is tried again; 300,000 ms by default. */
  readonly patienceMs?: number
  /** How often a request is sent at most that expired, or failed on the server's side; 3 by default. */
  readonly rounds?: number
  /** The model's full price, of which a batch costs half; by the list of prices where it has the model. */
  readonly price?: Price
  readonly prices?: PriceList
  /**
   * Dollars that may be spent in all, by earlier processes with this journal too. A chunk is sent only if the most that it
   * can cost fits beside what is spent and what is under way.
   */
  readonly budget?: number
  /** Dollars spent elsewhere that count against the same budget: a second journal, live questions. */
  readonly elsewhere?: () => number
  /** Told, in words, of what a person may want to know: a server that stays away, a batch in doubt. */
  readonly notice?: (text: string) => void
}

/** The same with what was left out. */
export interface BatchSettings {
  readonly limits: { readonly bytes: number; readonly requests: number }
  readonly lingerMs: number
  readonly pollMs: readonly [number, number]
  readonly settleMs: number
  readonly idleMs: number
  readonly rounds: number
  readonly outage: {
    readonly patienceMs: number
    readonly maxWaitMs: number
    readonly notice: (text: string) => void
  }
  readonly times: { readonly createMs: number; readonly callMs: number }
  /** Of a batch: half. */
  readonly price: Price | undefined
  readonly budget: number | undefined
  readonly elsewhere: () => number
}

const bad = (what: string, remedy: string): never => {
  throw defect(fault('BadOption', what, remedy))
}

/** The settings that options give. Throws a `Defect` for those that cannot be had. */
export const checkedBatch = (options: BatchOptions): BatchSettings => {
  const { chunkBytes = 16e6, chunkRequests = 100_000, lingerMs = 2000, pollMs = [10_000, 120_000] } = options
  const { settleMs = 60_000, idleMs = 60_000, patienceMs = 300_000, rounds = 3 } = options
  const { budget, elsewhere = () => 0, notice = () => undefined } = options
  const { timeoutMs, maxWaitMs } = checkedPatience({ timeoutMs: 600_000, ...options })
  const between = (name: string, value: number, least: number, most: number) =>
    value >= least && value <= most ? value : bad(`${name} is ${value}`, `Give a number from ${least} to ${most}`)
  const listed = options.price ?? priceOf(`claude:${options.model}`, options.prices)
  if (budget !== undefined && (listed === undefined || !(budget >= 0)))
    bad(`a budget of ${budget} dollars`, 'Give dollars, and the price of the model')
  if (options.journal === '') bad('the folder of the journal is empty', 'Name a folder')
  const longest = 2 ** 31 - 1
  return {
    limits: {
      bytes: between('chunkBytes', chunkBytes, 1, 250e6),
      requests: between('chunkRequests', chunkRequests, 1, 100_000),
    },
    lingerMs: between('lingerMs', lingerMs, 0, longest),
    pollMs: [
      between('the first of pollMs', pollMs[0], 1, longest),
      between('the second of pollMs', pollMs[1], pollMs[0], longest),
    ],
    settleMs: between('settleMs', settleMs, 0, longest),
    idleMs: between('idleMs', idleMs, 1, longest),
    rounds: between('rounds', rounds, 1, 1000),
    outage: { patienceMs: between('patienceMs', patienceMs, 0, longest), maxWaitMs, notice },
    times: { createMs: timeoutMs, callMs: Math.min(timeoutMs, 60_000) },
    price: listed === undefined ? undefined : halfOf(listed),
    budget,
    elsewhere,
  }
}
