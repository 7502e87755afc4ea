import { setTimeout as sleep } from 'node:timers/promises'
import { either as E } from 'fp-ts'
import type { BatchApi, CallFault, ServerBatch } from './api.ts'
import type { Chunk } from './history.ts'
import { keyOf } from './outcome.ts'
import { type Outage, patiently, waitAfter } from './patient.ts'
import { readResults } from './results.ts'

/** How a chunk is looked for of which nobody knows whether the server has it. */
export interface Doubting {
  readonly api: BatchApi
  readonly outage: Outage
  readonly signal: AbortSignal
  /** Whether a batch is another chunk's. */
  readonly knows: (batch: string) => boolean
}

/** Clocks tick apart, and a batch's time may be rounded down. */
const slackMs = 5000

/**
 * The batches that may be a chunk: made since it was first sent, of as many requests, and nobody else's. Looks again
 * until one is there or until `deadline`, as a list may lag behind.
 */
export const candidatesOf = async (
  { api, outage, signal, knows }: Doubting,
  chunk: Chunk,
  since: number,
  deadline: number,
  ruledOut: ReadonlySet<string> = new Set(),
): Promise<E.Either<CallFault, readonly string[]>> => {
  for (let looks = 0; ; looks++) {
    const listed = await patiently(() => api.recent(Date.now() - since + slackMs), outage, signal)
    if (E.isLeft(listed)) return listed
    const fits = ({ id, requests }: ServerBatch) => requests === chunk.keys.length && !knows(id) && !ruledOut.has(id)
    const found = listed.right.filter(fits).map(({ id }) => id)
    const left = deadline - Date.now()
    if (found.length > 0 || left <= 0 || signal.aborted) return E.right(found)
    await sleep(Math.min(left, waitAfter(looks, undefined, outage.maxWaitMs)), undefined, { signal }).catch(
      () => undefined,
    )
  }
}

/** Whether a batch that has ended is a chunk's: the names of its requests tell. */
export const isOf = async (
  { api, outage, signal }: Doubting,
  chunk: Chunk,
  batch: string,
  idleMs: number,
): Promise<E.Either<CallFault, boolean>> => {
  const keys = new Set(chunk.keys)
  const once = async (): Promise<E.Either<CallFault, boolean>> => {
    let strange = false
    const { lines, broken } = await readResults(api, batch, idleMs, async value => {
      strange = !keys.has(keyOf(value) ?? '')
      return !strange
    })
    return broken === undefined || strange ? E.right(!strange && lines > 0) : E.left(broken)
  }
  return patiently(once, outage, signal)
}
