import { either as E } from 'fp-ts'
import type { TeacherFault } from '../types.ts'
import { type Desk, plainFault } from './desk.ts'
import { patiently } from './patient.ts'

/**
 * Asks the server to cancel all batches of the journal that are under way, each whatever becomes of the others; those that
 * have ended by then need none. Gives how many it was asked for. Left: the first fault.
 */
export const cancelAll = async ({ api, history, settings, closing }: Desk): Promise<E.Either<TeacherFault, number>> => {
  let canceled = 0
  let first: TeacherFault | undefined
  for (const { batch } of history.open()) {
    if (batch === undefined) continue
    const asked = await patiently(() => api.cancel(batch), settings.outage, closing)
    const state = E.isRight(asked) ? asked : await patiently(() => api.retrieve(batch), settings.outage, closing)
    if (E.isRight(asked)) canceled++
    else if (E.isLeft(state) || !state.right.ended) first ??= plainFault(asked.left)
  }
  return first === undefined ? E.right(canceled) : E.left(first)
}
