import { either as E, type taskEither as TE } from 'fp-ts'
import type * as t from 'io-ts'
import { parseJson } from '../../../untrusted/index.ts'
import { decodeWith } from '../wire/chunk.ts'
import type { Outcome } from './futures.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { Model, Session, World } from './world.ts'

/** A request as a verb sees it. */
export interface Asked {
  readonly body: Uint8Array
  /** Whether the body is of the protocol's protobuf. */
  readonly proto: boolean
  /** Whether the client takes protobuf. */
  readonly wantsProto: boolean
  readonly header: (name: string) => string | undefined
  readonly signal: AbortSignal
}

/** What a verb answers: a JSON value, or bytes of protobuf. */
export type Answer = { readonly json: object } | { readonly proto: Uint8Array }

/** A verb of the protocol. */
export type Verb = (world: World, asked: Asked) => Promise<E.Either<Refusal, Answer>>

/** The body of a request as JSON. */
const jsonOf = ({ body, proto }: Asked): E.Either<Refusal, unknown> => {
  if (proto) return refuse(415, 'this verb takes JSON')
  if (body.length === 0) return E.right({})
  return E.mapLeft((why): Refusal => ({ status: 400, detail: `the body ${why}` }))(
    parseJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')),
  )
}

/** The body of a request as a codec has it. */
export const bodyOf =
  <A>(codec: t.Decoder<unknown, A>) =>
  (asked: Asked): E.Either<Refusal, A> =>
    E.flatMap((value: unknown) =>
      E.mapLeft((detail: string): Refusal => ({ status: 400, detail }))(decodeWith(codec)(value)),
    )(jsonOf(asked))

/** A session that lives; being asked for keeps it alive. 410 where it has ended. */
export const sessionOf = (world: World, id: string): E.Either<Refusal, Session> => {
  const session = world.sessions.get(id)
  if (session === undefined)
    return world.ended.has(id) ? refuse(410, `session ${id} has ended`) : refuse(404, `there is no session ${id}`)
  session.heard = Date.now()
  return E.right(session)
}

/** A model of a session that lives. */
export const modelOf = (world: World, id: string): E.Either<Refusal, Model> => {
  const model = world.models.get(id)
  if (model === undefined)
    return refuse(404, `there is no model ${id}: its session ended, or the server was started anew`)
  return E.map(() => model)(sessionOf(world, model.session))
}

/** What work that may be refused comes to. */
export const outcomeOf = async (work: TE.TaskEither<Refusal, Outcome>): Promise<Outcome> => {
  const done = await work()
  return E.isRight(done)
    ? done.right
    : { kind: 'failed', error: done.left.detail, category: done.left.status < 500 ? 'user' : 'server' }
}

/** A fault of the engine as a refusal: what the client gave, or the server itself, was wrong. */
export const refusalOf = ({ _tag, cause }: { readonly _tag: string; readonly cause: string }): Refusal => ({
  status: ['BadPrompt', 'BadSampling', 'TooLong', 'NotFinite', 'NothingTrained', 'BadAdapter'].includes(_tag)
    ? 400
    : 500,
  detail: `${cause} (${_tag})`,
})
