import { either as E } from 'fp-ts'
import * as t from 'io-ts'
import { fault } from '../../flow/index.ts'
import type { EngineFault } from '../engine.ts'
import { insist } from '../tinker/remote/insist.ts'
import type { Link } from '../tinker/remote/link.ts'
import { badAnswer } from './link.ts'

const text = t.union([t.string, t.null])
const listed = t.type({
  data: t.array(
    t.intersection([
      t.type({ id: t.string }),
      t.partial({ root: text, parent: text, max_model_len: t.union([t.number, t.null]) }),
    ]),
  ),
})

/** A model that a server lists: `root` is the folder that it was read from, and `parent` the model under an adapter. */
export interface ListedModel {
  readonly id: string
  readonly root: string | undefined
  readonly parent: string | undefined
  /** Longest prompt plus completion, in tokens. */
  readonly maxTokens: number | undefined
}

/** Models and adapters of a server (`GET /v1/models`). */
export const modelsOf = async (
  link: Link,
  signal?: AbortSignal,
): Promise<E.Either<EngineFault, readonly ListedModel[]>> => {
  const said = await insist(link, { verb: 'v1/models', signal, seconds: 30 })
  if (E.isLeft(said)) return said
  const read = listed.decode(said.right)
  return E.isLeft(read)
    ? E.left(badAnswer(link, 'v1/models', 'no list of models'))
    : E.right(
        read.right.data.map(({ id, root, parent, max_model_len: length }) => ({
          ...{ id, root: root ?? undefined, parent: parent ?? undefined, maxTokens: length ?? undefined },
        })),
      )
}

/** The base model that is asked for, or the only one. Left: `Refused` with those that there are. */
export const baseModel = async (
  link: Link,
  asked: string | undefined,
  signal?: AbortSignal,
): Promise<E.Either<EngineFault, ListedModel>> => {
  const all = await modelsOf(link, signal)
  if (E.isLeft(all)) return all
  const bases = all.right.filter(({ parent }) => parent === undefined)
  const found = asked === undefined ? (bases.length === 1 ? bases[0] : undefined) : bases.find(({ id }) => id === asked)
  const names = bases
    .slice(0, 10)
    .map(({ id }) => id)
    .join(', ')
  return found === undefined
    ? E.left(
        fault(
          'Refused',
          asked === undefined
            ? `${link.address} has ${bases.length} models: ${names}`
            : `${link.address} has no model ${asked}, it has ${names || 'none'}`,
          'Give one of these as model.',
        ),
      )
    : E.right(found)
}
