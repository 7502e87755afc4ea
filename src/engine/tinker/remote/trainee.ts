import { either as E, type taskEither as TE } from 'fp-ts'
import type * as t from 'io-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import { cancelled } from '../../tfjs/files/faults.ts'
import { modelResult } from '../wire/results.ts'
import { badAnswer, collect, submitOrKnown, unheard } from './future.ts'
import { takenBefore } from './insist.ts'
import type { Link } from './link.ts'
import type { TinkerOptions } from './options.ts'
import type { Capabilities } from './server.ts'
import type { ClientSession } from './session.ts'

/** A model on a server, and the numbers of what is asked of it. */
export interface Trainee {
  readonly id: string
  /** The number of the next request. */
  readonly number: () => number
  /**
   * Sends a request under the next number, and says when the server has taken it. A request of which it is not known whether it was
   * taken, or what it came to, ends the trainee: nothing more is sent, so that no update happens twice. What is `harmless` changes no
   * weights and no gradient: its result may be lost.
   */
  readonly ask: <A>(
    verb: string,
    body: object,
    codec: t.Decoder<unknown, A>,
    how?: Asking<A>,
  ) => Promise<E.Either<EngineFault, Asked<A>>>
  /** Ends the trainee: what was done is not known for sure any more. */
  readonly doubt: (why: EngineFault) => void
}

/** A request that was taken, and what it comes to. */
export interface Asked<A> {
  readonly result: TE.TaskEither<EngineFault, A>
}

/** How a request is asked. */
interface Asking<A> {
  readonly signal?: AbortSignal | undefined
  /** It may be asked a second time, and its result may be lost. */
  readonly harmless?: boolean
  /** What it comes to where no more is known than that the server did it. */
  readonly done?: A
  /** What is asked instead where the server did it, and does not say what it came to. */
  readonly instead?: () => Promise<E.Either<EngineFault, Asked<A>>>
}

/** What says for sure that nothing was done. */
const surelyUndone: ReadonlySet<EngineFault['_tag']> = new Set(['Refused'])

const outOfStep = (link: Link, why: EngineFault): EngineFault =>
  fault(
    'OutOfStep',
    `a request to ${link.address} was given up before its result was known (${why._tag}: ${why.cause})`,
    'Load the last checkpoint: a new model goes on from there, and no update is done twice.',
  )

/** A trainee over a model that was just made. */
const traineeOf = (link: Link, { replays, own }: Pick<Capabilities, 'replays' | 'own'>, id: string): Trainee => {
  let next = 1
  let doubted: EngineFault | undefined
  const doubt = (why: EngineFault): void => {
    doubted ??= outOfStep(link, why)
  }
  const ask: Trainee['ask'] = async (verb, body, codec, how = {}) => {
    const { signal, harmless = false, done, instead } = how
    if (doubted !== undefined) return E.left(doubted)
    if (signal?.aborted) return E.left(cancelled)
    const once = replays === 'anew' && !harmless
    const taken = await submitOrKnown(link, { verb, body: { ...body, model_id: id, seq_id: next }, signal, once })
    if (E.isLeft(taken)) {
      if (!surelyUndone.has(taken.left._tag)) doubt(taken.left)
      return taken
    }
    next++
    if (taken.right === takenBefore) {
      if (done !== undefined) return E.right({ result: async () => E.right(done) })
      if (instead !== undefined) return instead()
      if (harmless) return ask(verb, body, codec, how)
      doubt(unheard(link, verb))
      return E.left(unheard(link, verb))
    }
    const result = collect(link, taken.right, codec, { signal, done, proto: !own }).then(ended => {
      // Refused by a result: it was done, to no effect. All else leaves open what was done.
      if (E.isLeft(ended) && !harmless && !surelyUndone.has(ended.left._tag)) doubt(ended.left)
      return ended
    })
    return E.right({ result: () => result })
  }
  return { id, number: () => next, doubt, ask }
}

/** Makes models in a session, each under the next number. */
export const modelMaker = (
  link: Link,
  session: ClientSession,
  { model, replays, own }: Pick<Capabilities, 'model' | 'replays' | 'own'>,
  { rank = 32, seed = 0 }: Pick<TinkerOptions, 'rank' | 'seed'>,
) => {
  let next = 0
  const make = async (signal?: AbortSignal): Promise<E.Either<EngineFault, Trainee>> => {
    const asked = { session_id: session.id, model_seq_id: next++, base_model: model, type: 'create_model' }
    const body = { ...asked, lora_config: { rank, seed, train_unembed: true, train_mlp: true, train_attn: true } }
    const taken = await submitOrKnown(link, { verb: 'create_model', body, signal })
    if (E.isLeft(taken)) return taken
    // A model of that number was made, and nobody knows its name: another is.
    if (taken.right === takenBefore) return make(signal)
    const made = await collect(link, taken.right, modelResult, { signal })
    if (E.isLeft(made)) return made
    return made.right.model_id === ''
      ? E.left(badAnswer(link, 'create_model', 'a model without a name'))
      : E.right(traineeOf(link, { replays, own }, made.right.model_id))
  }
  return make
}
