import { either as E } from 'fp-ts'
import * as t from 'io-ts'
import type { EngineFault } from '../../engine.ts'
import { decodeWith } from '../wire/chunk.ts'
import { badAnswer } from './future.ts'
import { insist } from './insist.ts'
import type { Link } from './link.ts'

/** A session: as long as it says that it lives, a server keeps its models. */
export interface ClientSession {
  readonly id: string
  readonly end: () => void
}

const codec = t.type({ session_id: t.string })

/** The version of the protocol that is spoken here, as servers want to hear it. */
export const spoken = '0.24.1'

/** Opens a session and keeps it alive until it is ended. Lost heartbeats are made up for by the next. */
export const openSession = async (
  link: Link,
  heartbeatSeconds: number,
  signal?: AbortSignal,
): Promise<E.Either<EngineFault, ClientSession>> => {
  const body = { tags: ['kinograd'], user_metadata: null, sdk_version: spoken, type: 'create_session' }
  const answer = await insist(link, { verb: 'create_session', body, signal })
  if (E.isLeft(answer)) return answer
  const read = decodeWith(codec)(answer.right)
  if (E.isLeft(read)) return E.left(badAnswer(link, 'create_session', read.left))
  const { session_id: id } = read.right
  const ended = new AbortController()
  const beat = setInterval(() => {
    const living = { session_id: id, type: 'session_heartbeat' }
    void link.send({ verb: 'session_heartbeat', body: living, signal: ended.signal, seconds: 10 })
  }, 1000 * heartbeatSeconds)
  beat.unref()
  return E.right({
    id,
    end: () => {
      clearInterval(beat)
      ended.abort()
    },
  })
}
