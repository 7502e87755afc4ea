import { setTimeout as sleep } from 'node:timers/promises'
import { either as E } from 'fp-ts'
import { messageOf } from '../../flow/index.ts'
import { isLasting, teacherFault } from '../fault.ts'
import type { TeacherFault } from '../types.ts'
import type { CallFault } from './api.ts'
import { affordable } from './budget.ts'
import { type Desk, plainFault } from './desk.ts'
import { candidatesOf } from './doubt.ts'
import type { Chunk } from './history.ts'
import type { Parcel } from './outbox.ts'
import { isPassing, waitAfter } from './patient.ts'

/** Who watches a batch once it was sent, or may have been. */
export interface Watching {
  readonly watch: (chunk: number, candidates?: readonly string[]) => void
  /** Resolves when one more of the open batches is settled. */
  readonly settled: () => Promise<void>
}

/** Sends chunks one after the other. */
export interface Sender {
  /** Resolves when the chunk is taken, which is when the one before is sent. */
  readonly take: (parcels: readonly Parcel[]) => Promise<void>
  /** Whether a question is on its way and no batch of the journal has it yet. */
  readonly holds: (key: string) => boolean
  /** Whether a chunk is being sent. */
  readonly sends: (chunk: number) => boolean
  /** Resolves when nothing is under way. */
  readonly idle: () => Promise<void>
}

/** What became of a chunk: the server has it, may have it as one of these, or does not have it. */
type Sent =
  | { readonly kind: 'created'; readonly batch: string }
  | { readonly kind: 'doubted'; readonly candidates: readonly string[] }
  | { readonly kind: 'failed'; readonly fault: CallFault }
  /** It may be there, and the server cannot be asked: the journal says so. */
  | { readonly kind: 'left'; readonly fault: CallFault }

/**
 * Tries to create a batch. Only what certainly came to nothing is tried again: after a fault that leaves it unsure the
 * server's list is looked at first.
 */
const create = async (desk: Desk, chunk: Chunk, parcels: readonly Parcel[]): Promise<Sent> => {
  const { api, closing, history, settings } = desk
  const { outage, settleMs } = settings
  const requests = parcels.map(({ request }) => request)
  let begun: number | undefined
  for (let failures = 0; ; failures++) {
    const made = await api.create(requests)
    if (E.isRight(made)) return { kind: 'created', batch: made.right.id }
    const fault = made.left
    if (closing.aborted) return { kind: fault.unsure ? 'left' : 'failed', fault }
    if (fault.unsure) {
      outage.notice(`${fault.cause}; looking whether the batch was made`)
      const doubting = { api, outage, signal: closing, knows: history.knows }
      const found = await candidatesOf(doubting, chunk, chunk.at, Date.now() + settleMs)
      if (E.isLeft(found)) return { kind: 'left', fault: found.left }
      if (found.right.length > 0) return { kind: 'doubted', candidates: found.right }
      if (closing.aborted) return { kind: 'left', fault }
    }
    begun ??= performance.now()
    const wait = waitAfter(failures, fault.again?.afterMs, outage.maxWaitMs)
    if (!isPassing(fault) || performance.now() + wait - begun > outage.patienceMs) return { kind: 'failed', fault }
    if (failures === 0 && !fault.unsure) outage.notice(`${fault.cause}; trying again`)
    await sleep(wait, undefined, { signal: closing }).catch(() => undefined)
  }
}

const keysOf = (parcels: readonly Parcel[]): string[] => parcels.map(({ key }) => key)

/** A sender that has sent nothing. Holds the chunk that is under way. */
export const sender = (desk: Desk, { watch, settled }: Watching): Sender => {
  const { history, wants, write, halt, halted, abandon, tellAll } = desk
  const held = new Set<string>()
  let sending: number | undefined
  let busy: Promise<void> = Promise.resolve()

  const announce = async (parcels: readonly Parcel[]): Promise<Chunk | undefined> => {
    const number = history.next()
    const keys = keysOf(parcels)
    const reserve = parcels.reduce((sum, parcel) => sum + parcel.reserve, 0)
    sending = number
    const written = await write({ kind: 'creating', chunk: number, at: Date.now(), reserve, keys })
    if (E.isLeft(written)) tellAll(keys, written.left)
    return E.isLeft(written) ? undefined : history.chunk(number)
  }
  const conclude = async (chunk: Chunk, sent: Sent): Promise<void> => {
    if (sent.kind === 'created') {
      const written = await write({ kind: 'created', chunk: chunk.number, batch: sent.batch })
      if (E.isLeft(written)) tellAll(chunk.keys, written.left)
      else watch(chunk.number)
    } else if (sent.kind === 'doubted') watch(chunk.number, sent.candidates)
    else {
      if (sent.kind === 'failed') await write({ kind: 'failed', chunk: chunk.number })
      const fault = plainFault(sent.fault)
      tellAll(chunk.keys, fault)
      // A server that stayed away all the time would let every further chunk wait as long.
      if (isLasting(fault) || isPassing(sent.fault)) halt(fault)
    }
  }
  const tell = (parcels: readonly Parcel[], fault: TeacherFault): void => tellAll(keysOf(parcels), fault)
  const send = async (handed: readonly Parcel[]): Promise<void> => {
    const wanted = handed.filter(({ key }) => wants.has(key))
    for (const { key } of handed) if (!wants.has(key)) held.delete(key)
    const { parcels, rest, fault } = await affordable(desk, wanted, settled)
    const stopped = halted()
    if (stopped !== undefined) return tell(wanted, stopped)
    if (rest.length > 0) {
      // They may be asked again while the others are sent.
      for (const { key } of rest) held.delete(key)
      tell(rest, fault)
      halt(fault)
    }
    if (parcels.length === 0) return
    const chunk = await announce(parcels)
    if (chunk !== undefined) await conclude(chunk, await create(desk, chunk, parcels))
  }
  return {
    take: parcels => {
      const before = busy
      for (const { key } of parcels) held.add(key)
      busy = before
        .then(() => send(parcels))
        .catch((error: unknown) => {
          const cause = `${desk.name}: sending broke off: ${messageOf(error)}`
          abandon(teacherFault('BadRequest', cause, 'A function among the options threw, or this is a bug: report it.'))
        })
        .finally(() => {
          sending = undefined
          for (const { key } of parcels) held.delete(key)
        })
      return before
    },
    holds: key => held.has(key),
    sends: chunk => sending === chunk,
    idle: () => busy,
  }
}
