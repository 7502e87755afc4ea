import { either as E } from 'fp-ts'
import { teacherFault } from '../fault.ts'
import type { TeacherFault } from '../types.ts'
import { type Desk, plainFault } from './desk.ts'
import { type Again, lookAtEnded } from './ended.ts'
import type { Chunk } from './history.ts'
import { lookInDoubt } from './in-doubt.ts'
import { patiently } from './patient.ts'

/** A chunk that is looked at from time to time until its results are read. */
export interface Watched {
  readonly number: number
  /** When it is looked at next, and how long after the last look, in milliseconds. */
  due: number
  wait: number
  /** When it was first watched. */
  readonly since: number
  /** Batches that may be it; undefined where nobody looked yet, or where there is no doubt. */
  candidates: readonly string[] | undefined
  readonly ruledOut: Set<string>
}

/** What a look came to: look again later or at once, settled, or a fault that keeps it from being settled. */
export type Look = 'later' | 'now' | 'settled' | TeacherFault

const lookAtNamed = async (desk: Desk, again: Again, watched: Watched, chunk: Chunk, batch: string): Promise<Look> => {
  const { api, settings, closing } = desk
  const state = await patiently(
    () => api.retrieve(batch),
    settings.outage,
    closing,
    ({ missing }) => !missing,
  )
  const another = 'use another journal to ask anew.'
  if (E.isRight(state) && state.right.isGone)
    return teacherFault(
      'NoBatch',
      `${desk.name}: the results of the batch ${batch} are not kept any more`,
      `A server keeps them for 29 days; ${another}`,
    )
  if (E.isRight(state)) return state.right.ended ? lookAtEnded(desk, again, chunk, state.right) : 'later'
  if (!state.left.missing) return plainFault(state.left)
  if (performance.now() - watched.since < settings.settleMs) return 'later'
  return teacherFault(
    'NoBatch',
    `${desk.name}: the server does not have the batch ${batch} of the journal`,
    `Use a key of the workspace that made it; where it was deleted, ${another}`,
  )
}

/** Looks at a chunk: whether its batch has ended, or, where that is not known, which batch it is. */
export const lookAt = (desk: Desk, again: Again, watched: Watched, chunk: Chunk): Promise<Look> =>
  chunk.batch === undefined
    ? lookInDoubt(desk, again, watched, chunk)
    : lookAtNamed(desk, again, watched, chunk, chunk.batch)
