import { either as E } from 'fp-ts'
import { isLasting } from '../fault.ts'
import type { TeacherFault } from '../types.ts'
import type { ServerBatch } from './api.ts'
import { collect } from './collect.ts'
import { type Desk, plainFault } from './desk.ts'
import type { Chunk } from './history.ts'
import type { Finding } from './outcome.ts'

/** Takes a question that has to be sent once more, with what went wrong where the server worked on it. */
export type Again = (key: string, fault: TeacherFault | undefined) => void

const tell = ({ wants, halt }: Desk, again: Again, key: string, found: Finding): void => {
  if (found.kind === 'again') again(key, found.fault)
  else if (found.kind === 'answered') wants.tell(key, E.right(found.usage))
  else {
    const { fault } = found
    const usage = found.kind === 'final' ? found.usage : undefined
    wants.tell(key, E.left(usage === undefined ? fault : { ...fault, usage }))
    if (found.kind === 'stopped' && isLasting(fault)) halt(fault)
  }
}

/** Reads the results of a batch that has ended, writes that into the journal, and tells who waits. */
export const lookAtEnded = async (
  desk: Desk,
  again: Again,
  chunk: Chunk,
  batch: ServerBatch,
): Promise<'settled' | TeacherFault> => {
  const { api, kept, reading, settings, closing } = desk
  const { outage, idleMs, price } = settings
  const findings: (readonly [string, Finding])[] = []
  const told = (key: string, found: Finding): void => void findings.push([key, found])
  const done = await collect({ api, reading, kept, price, idleMs, outage, signal: closing, told }, chunk, batch.id)
  const written = E.isLeft(done) ? done : await desk.write(done.right)
  // Told when it is journaled, so that who has all answers sees all that was spent; kept answers are told in any case.
  for (const [key, found] of findings)
    if (E.isRight(written) || found.kind === 'answered') tell(desk, again, key, found)
  return E.isLeft(written) ? plainFault(written.left) : 'settled'
}
