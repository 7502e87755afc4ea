import { either as E } from 'fp-ts'
import * as t from 'io-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import type { PromptModel } from '../../text/prompt-value.ts'
import { decodeWith } from '../wire/chunk.ts'
import { type CapabilitiesResult, capabilitiesResult } from '../wire/results.ts'
import { badAnswer } from './future.ts'
import { insist } from './insist.ts'
import type { Link } from './link.ts'
import type { Reduction, TinkerOptions } from './options.ts'
import { type PadTokens, qwenPads } from './pads.ts'
import { spoken } from './session.ts'

/** What is known of a server: by what it says, and by what was tried. */
export interface Capabilities {
  /** Name of the base model. */
  readonly model: string
  /** Longest prompt plus completion, tokens, where it says so. */
  readonly maxTokens: number
  /** Numbers of the model, where it says so; 0 otherwise. */
  readonly parameters: number
  readonly reduction: Reduction | 'unknown'
  /**
   * A request that comes again under its number: done `once`, or `anew`, so that it may not be sent again where its answer was lost
   * (SkyRL 0.3.0 and open-rl pay no heed to numbers).
   */
  readonly replays: 'once' | 'anew'
  /**
   * `patches`: it takes what was cut here, number by number. `pictures`: files of pictures, which it cuts itself; a clip goes there as
   * pictures (`clipAsPictures`), and whether they reach the model is tried first.
   */
  readonly media: 'patches' | 'pictures'
  /** Several prompts in one request, filters beyond top-k and top-p, the model under its adapter: additions of this project's server. */
  readonly own: boolean
  /** It says of many samples in one poll which have ended (`retrieve_futures`). */
  readonly manyFutures: boolean
  /** The pads of media in prompts. */
  readonly pads: PadTokens
  /** What its positions follow from, where it says so: prompts are then sealed with their hash. */
  readonly prompts: PromptModel | undefined
}

const nameOf = (
  { address }: Link,
  { supported_models: models }: CapabilitiesResult,
  asked: string | undefined,
): E.Either<EngineFault, string> => {
  const names = models.flatMap(({ model_name: name }) => (typeof name === 'string' ? [name] : []))
  const known = names.slice(0, 10).join(', ')
  if (asked !== undefined)
    return names.includes(asked)
      ? E.right(asked)
      : E.left(fault('Refused', `${address} has no model ${asked}, it has ${known}`, 'Give one of these as model.'))
  const [only] = names
  return names.length === 1 && only !== undefined
    ? E.right(only)
    : E.left(fault('Refused', `${address} has ${names.length} models: ${known}`, 'Give one of these as model.'))
}

const settings = t.partial({ sample_use_retrieve_futures: t.union([t.boolean, t.null]) })

/** How often a server is asked for its settings, as long as the answers are lost. */
const asks = 3

/** Whether a server's settings for clients offer one poll for many samples. Many servers have no such settings. */
const saysManyFutures = async (link: Link, signal?: AbortSignal): Promise<boolean> => {
  for (let asked = 0; asked < asks && (await link.pause(asked, signal)); asked++) {
    const reply = await link.send({ verb: 'client/config', body: { sdk_version: spoken }, signal })
    if (reply.kind === 'lost' || (reply.kind === 'status' && reply.status >= 500)) continue
    const read = decodeWith(settings)(reply.kind === 'answer' ? reply.json : undefined)
    return E.isRight(read) && read.right.sample_use_retrieve_futures === true
  }
  return false
}

/** Asks a server what it can do. Left: `NoAnswer`, `Refused`, `BadAnswer`, `Cancelled`. */
export const capabilitiesOf = async (
  link: Link,
  { model, reduction, pads }: Pick<TinkerOptions, 'model' | 'reduction' | 'pads'>,
  signal?: AbortSignal,
): Promise<E.Either<EngineFault, Capabilities>> => {
  const answer = await insist(link, { verb: 'get_server_capabilities', signal })
  if (E.isLeft(answer)) return answer
  const read = decodeWith(capabilitiesResult)(answer.right)
  if (E.isLeft(read)) return E.left(badAnswer(link, 'get_server_capabilities', read.left))
  const { supported_models: models, kinograd } = read.right
  const manyFutures = await saysManyFutures(link, signal)
  return E.map((name: string): Capabilities => {
    const tokens = models.find(({ model_name }) => model_name === name)?.max_context_length
    return {
      model: name,
      maxTokens: tokens ?? Number.POSITIVE_INFINITY,
      parameters: kinograd?.parameters ?? 0,
      reduction: reduction ?? kinograd?.reduction ?? 'unknown',
      replays: kinograd === undefined ? 'anew' : 'once',
      media: kinograd === undefined ? 'pictures' : 'patches',
      own: kinograd !== undefined,
      manyFutures,
      pads:
        kinograd === undefined
          ? (pads ?? qwenPads)
          : { image: kinograd.image_token, video: kinograd.video_token, mergeSize: kinograd.merge_size },
      prompts: kinograd && {
        tokens: { image: kinograd.image_token, video: kinograd.video_token },
        vision: { mergeSize: kinograd.merge_size, tokensPerSecond: kinograd.tokens_per_second },
        layout: kinograd.layout,
      },
    }
  })(nameOf(link, read.right, model))
}
