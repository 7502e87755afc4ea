import { either as E } from 'fp-ts'
import type { TeacherFault } from '../types.ts'
import { type Desk, plainFault } from './desk.ts'
import { candidatesOf, type Doubting, isOf } from './doubt.ts'
import type { Again } from './ended.ts'
import type { Chunk } from './history.ts'
import { patiently } from './patient.ts'

/** What is known of a chunk in doubt: the batches that may be it, and those that are not. */
interface Doubted {
  candidates: readonly string[] | undefined
  readonly ruledOut: Set<string>
}

/** The server does not have it: its questions are to be sent again. */
const absent = async ({ write }: Desk, again: Again, chunk: Chunk): Promise<'settled' | TeacherFault> => {
  const written = await write({ kind: 'failed', chunk: chunk.number })
  if (E.isLeft(written)) return written.left
  for (const key of chunk.keys) again(key, undefined)
  return 'settled'
}

/** Whether a batch is the chunk; undefined while it is not known. */
const isThis = async (
  { settings }: Desk,
  doubting: Doubting,
  chunk: Chunk,
  id: string,
): Promise<E.Either<TeacherFault, boolean | undefined>> => {
  const { api, outage, signal } = doubting
  const state = await patiently(
    () => api.retrieve(id),
    outage,
    signal,
    ({ missing }) => !missing,
  )
  if (E.isLeft(state)) return state.left.missing ? E.right(false) : E.left(plainFault(state.left))
  return state.right.ended
    ? E.mapLeft(plainFault)(await isOf(doubting, chunk, id, settings.idleMs))
    : E.right(undefined)
}

/**
 * Looks which batch a chunk is of which nobody knows whether it came. Only results have the names of requests, so that
 * batches that may be it are waited for; where there is none, its questions are sent again.
 */
export const lookInDoubt = async (
  desk: Desk,
  again: Again,
  doubted: Doubted,
  chunk: Chunk,
): Promise<'later' | 'now' | 'settled' | TeacherFault> => {
  const { api, history, settings, closing, write } = desk
  const doubting = { api, outage: settings.outage, signal: closing, knows: history.knows }
  if (doubted.candidates === undefined || doubted.candidates.length === 0) {
    const deadline = Math.max(chunk.at, desk.openedAt) + settings.settleMs
    const found = await candidatesOf(doubting, chunk, chunk.at, deadline, doubted.ruledOut)
    if (E.isLeft(found)) return plainFault(found.left)
    if (closing.aborted) return 'later'
    if (found.right.length === 0) return absent(desk, again, chunk)
    doubted.candidates = found.right
  }
  for (const id of doubted.candidates) {
    const found = await isThis(desk, doubting, chunk, id)
    if (E.isLeft(found)) return found.left
    if (found.right === true) {
      const written = await write({ kind: 'created', chunk: chunk.number, batch: id })
      return E.isLeft(written) ? written.left : 'now'
    }
    if (found.right === false) doubted.ruledOut.add(id)
  }
  doubted.candidates = doubted.candidates.filter(id => !doubted.ruledOut.has(id))
  return doubted.candidates.length === 0 ? 'now' : 'later'
}
