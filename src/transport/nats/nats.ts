import { either as E, type taskEither as TE } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import { type Transport, type TransportLimits, usualLimits } from '../transport.ts'
import type { Link, NatsOptions } from './link.ts'

/**
 * A transport over NATS JetStream (server 2.9 or later, started with `-js`). Of each run it makes three streams (tasks, results, dead
 * letters) and a bucket of blobs; results, dead letters and blobs are kept for a week, and what the server holds outlives its restart.
 * Subjects hold the names of run and stage and a hash, nothing of the items.
 *
 * A server that goes away is waited for, 600 s by default, and everything is tried again; then `Unreachable`. Left: `BadAddress`, `NoKey`,
 * `Refused` (credentials, certificates), `NoJetStream` (a server or an account without it), `NoRoom` (storage, limits), `Unreachable`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { nats } from 'kinograd/transport'
 *
 * const refused = await nats({ url: 'nats://ada:secret@127.0.0.1:4222' })()
 * assert(E.isLeft(refused) && refused.left._tag === 'BadAddress')
 * ```
 */
export const nats =
  (options: NatsOptions & TransportLimits): TE.TaskEither<Fault, Transport> =>
  async () => {
    // The client is loaded by those who connect.
    const [{ openLink }, { transportOf }] = await Promise.all([import('./link.ts'), import('./transport-of.ts')])
    const { waitMs = usualLimits.waitMs, waiting = usualLimits.waiting } = options
    return E.map((link: Link) => transportOf(link, { waitMs, waiting }))(await openLink(options)())
  }
