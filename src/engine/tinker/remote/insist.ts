import { either as E } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import { cancelled } from '../../tfjs/files/faults.ts'
import type { Link, Sent } from './link.ts'

/** A `Left` of a server that said no for good. */
export const refused = ({ address }: Link, verb: string, status: number, detail: string): EngineFault => {
  const cause = `${address} answers ${verb} with ${status}: ${detail}`
  if (status === 401 || status === 403) return fault('Refused', cause, 'Give the key of this server (key).')
  if (status === 410 || (status === 404 && /session|model/i.test(detail)))
    return fault('SessionLost', cause, 'Load the last checkpoint: a new model is made for it.')
  if (status === 409)
    return fault('OutOfStep', cause, 'Load the last checkpoint; train a model from one process alone.')
  return fault('Refused', cause, 'Look at what was sent, and at which version of the protocol the server speaks.')
}

/** A `Left` of a server that cannot be reached. */
export const noAnswer = ({ address, patienceMs }: Link, verb: string, detail: string): EngineFault =>
  fault(
    'NoAnswer',
    `${address} gave no answer to ${verb} for ${patienceMs / 1000} s: ${detail}`,
    'Check that the server runs and can be reached; then load the last checkpoint.',
  )

/** A `Left` of a request whose answer was lost, to a server that would do it again. */
const unsure = ({ address }: Link, verb: string, detail: string): EngineFault =>
  fault(
    'NoAnswer',
    `${address} may have taken ${verb}, and would do it twice if it were sent again: ${detail}`,
    'Load the last checkpoint.',
  )

/** Statuses that say: not taken, the same once more. */
const later = (status: number): boolean => status === 425 || status === 429

/** Whether a status means: the same once more. */
const passing = (status: number): boolean => status === 408 || later(status) || status >= 500

/** What `insist` gives where a server has taken the request at an earlier attempt, and says no more of it. */
export const takenBefore = Symbol('taken before')

/**
 * Sends a request until it is answered: the very same bytes each time, so that a server that knows it already gives its first answer.
 * Lost answers, 408, 429 and 5xx are followed by another attempt, within the patience. A 409 that follows such an attempt is of this
 * very request: `takenBefore`. Left: `Cancelled`, `NoAnswer`, what a server refused.
 */
export const insist = async (link: Link, sent: Sent): Promise<E.Either<EngineFault, unknown>> => {
  const until = Date.now() + link.patienceMs
  let maybeTaken = false
  for (let attempt = 0; ; attempt++) {
    if (!(await link.pause(attempt, sent.signal))) return E.left(cancelled)
    const reply = await link.send(sent)
    if (reply.kind === 'answer') return E.right(reply.json)
    // Nothing but results may come so: what is read next finds no promise in it.
    if (reply.kind === 'proto') return E.right(undefined)
    if (sent.signal?.aborted) return E.left(cancelled)
    if (reply.kind === 'status' && reply.status === 409 && maybeTaken) return E.right(takenBefore)
    if (reply.kind === 'status' && !passing(reply.status))
      return E.left(refused(link, sent.verb, reply.status, reply.detail))
    maybeTaken ||= reply.kind === 'lost' || !later(reply.status)
    if (sent.once && maybeTaken) return E.left(unsure(link, sent.verb, reply.detail))
    if (Date.now() >= until) return E.left(noAnswer(link, sent.verb, reply.detail))
  }
}
