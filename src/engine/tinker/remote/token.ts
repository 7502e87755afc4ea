import { Buffer } from 'node:buffer'
import { either as E } from 'fp-ts'
import * as t from 'io-ts'
import { parseJson, scrubber } from '../../../untrusted/index.ts'
import type { EngineFault } from '../../engine.ts'
import { decodeWith } from '../wire/chunk.ts'
import { badAnswer } from './future.ts'
import { insist } from './insist.ts'
import type { Link, Reply, Sent } from './link.ts'
import { spoken } from './session.ts'

/** A token that stands for a key for a while (JWT), and until when, in milliseconds. */
interface Token {
  readonly jwt: string
  readonly until: number
}

const claims = t.type({ exp: t.number })
const answer = t.type({ jwt: t.string })
const settings = t.partial({ pjwt_auth_enabled: t.union([t.boolean, t.null]) })

/** A token's own word of when it ends. */
const readToken = (jwt: string): E.Either<string, Token> => {
  const payload = Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8')
  const read = E.flatMap(decodeWith(claims))(parseJson(payload))
  return E.bimap(
    () => 'a token that does not say when it ends',
    ({ exp }: t.TypeOf<typeof claims>): Token => ({ jwt, until: 1000 * exp }),
  )(read)
}

/** Exchanges the key for a token. */
const exchanged = async (link: Link, signal?: AbortSignal): Promise<E.Either<EngineFault, Token>> => {
  const given = await insist(link, { verb: 'auth/token', body: {}, signal })
  if (E.isLeft(given)) return given
  const token = E.flatMap(({ jwt }: t.TypeOf<typeof answer>) => readToken(jwt))(decodeWith(answer)(given.right))
  return E.mapLeft((why: string) => badAnswer(link, 'auth/token', why))(token)
}

/** Milliseconds before its end at which a token is renewed. */
const early = 300_000

/** Sends by a token, renewed before it ends; where that cannot be done, by the one that is there, as long as it is taken. */
const byToken = (link: Link, first: Token): Link => {
  let token = first
  let renewing: Promise<void> | undefined
  const renew = async (): Promise<void> => {
    const fresh = await exchanged({ ...link, patienceMs: 0 })
    if (E.isRight(fresh)) token = fresh.right
    renewing = undefined
  }
  const hidden = (reply: Reply): Reply =>
    'detail' in reply ? { ...reply, detail: scrubber({}, [token.jwt]).text(reply.detail) } : reply
  return {
    ...link,
    send: async (sent: Sent) => {
      if (Date.now() > token.until - early) {
        renewing ??= renew()
        await renewing
      }
      return hidden(await link.send({ ...sent, headers: { ...sent.headers, 'X-API-Key': token.jwt } }))
    },
  }
}

/**
 * The way to a server that wants tokens instead of keys (hosted Tinker): where `client/config` says so, the key is exchanged, and all else
 * is sent by the token. As it was where no key is given, where the key is a token itself, and to servers that say nothing of it.
 * Left: what refuses the exchange; `BadAnswer`. Neither key nor token is in any message.
 */
export const authorised = async (
  link: Link,
  key: string | undefined,
  signal?: AbortSignal,
): Promise<E.Either<EngineFault, Link>> => {
  if (key === undefined || key.startsWith('eyJ')) return E.right(link)
  const asked = await link.send({ verb: 'client/config', body: { sdk_version: spoken }, signal })
  const read = decodeWith(settings)(asked.kind === 'answer' ? asked.json : undefined)
  if (E.isLeft(read) || read.right.pjwt_auth_enabled !== true) return E.right(link)
  return E.map((token: Token) => byToken(link, token))(await exchanged(link, signal))
}
