import { either as E } from 'fp-ts'
import type * as t from 'io-ts'
import type { EngineFault, TrainGroup } from '../../engine.ts'
import { type TrainingResult, trainingResult } from '../wire/results.ts'
import { type Connection, rowsOf } from './connection.ts'
import { chunked, datumOf, type Row } from './datum.ts'
import { badAnswer } from './future.ts'
import type { Asked } from './trainee.ts'
import { lacksMedium } from './upload.ts'

/** Log-probabilities of completions, and numbers that the server gave with them. */
interface Scored {
  readonly logprobs: readonly Float64Array[]
  readonly metrics: Readonly<Record<string, number>>
}

/** What is sent with the rows. */
export interface Pass {
  readonly verb: 'forward' | 'forward_backward'
  readonly loss: 'cross_entropy' | 'importance_sampling'
  readonly adapter?: 'off' | undefined
  readonly signal?: AbortSignal | undefined
}

const bodyOf = ({ verb, loss, adapter }: Pass, data: readonly object[]): object => {
  const input = { data, loss_fn: loss, loss_fn_config: null, ...(adapter === undefined ? {} : { adapter }) }
  return verb === 'forward' ? { forward_input: input } : { forward_backward_input: input }
}

/** Log-probabilities of completions from an answer: as many sequences as asked for, each with a number for every token and pad. */
const scoredOf = (
  { link }: Connection,
  { verb }: Pass,
  rows: readonly Row[],
  { loss_fn_outputs: outputs, metrics }: TrainingResult,
): E.Either<EngineFault, Scored> => {
  if (outputs.length !== rows.length)
    return E.left(badAnswer(link, verb, `${outputs.length} sequences for ${rows.length}`))
  const logprobs: Float64Array[] = []
  for (const [s, { prompt, completion }] of rows.entries()) {
    const { data } = outputs[s]!.logprobs
    const needed = prompt.tokens - 1 + completion.length
    if (data.length !== needed)
      return E.left(
        badAnswer(link, verb, `sequence ${s} has ${data.length} log-probabilities for ${needed} tokens and pads`),
      )
    const own = data.slice(needed - completion.length)
    if (own.some(value => value === null || !Number.isFinite(value)))
      return E.left(badAnswer(link, verb, `sequence ${s} has log-probabilities that are no numbers`))
    logprobs.push(Float64Array.from(own, value => value ?? Number.NaN))
  }
  const numbers = Object.entries(metrics ?? {}).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  )
  return E.right({ logprobs, metrics: Object.fromEntries(numbers) })
}

/** Requests that were taken, in order, and what they come to together. */
export interface Passing {
  readonly result: () => Promise<E.Either<EngineFault, Scored>>
}

/** Sends the parts of a pass, each under its number. */
const sendParts = async (
  at: Connection,
  pass: Pass,
  parts: readonly (readonly Row[])[],
): Promise<E.Either<EngineFault, readonly Asked<TrainingResult>[]>> => {
  const codec: t.Decoder<unknown, TrainingResult> = trainingResult
  const trainee = at.trainee()
  const taken: Asked<TrainingResult>[] = []
  for (const part of parts) {
    const data = part.map(row => datumOf(row, at.capabilities))
    const { signal } = pass
    const forward = { ...pass, verb: 'forward' } as const
    const again = () => trainee.ask('forward', bodyOf(forward, data), codec, { signal, harmless: true })
    const asked = await trainee.ask(pass.verb, bodyOf(pass, data), codec, {
      ...(pass.verb === 'forward' ? { harmless: true } : { instead: again }),
      signal,
    })
    if (E.isLeft(asked)) {
      if (taken.length > 0 && pass.verb === 'forward_backward') trainee.doubt(asked.left)
      return asked
    }
    taken.push(asked.right)
  }
  return E.right(taken)
}

/**
 * Sends rows to be scored, or to add to the gradient, in requests of bounded size; resolves when all were taken. Media that the server
 * has dropped meanwhile are sent once more.
 */
export const sendPass = async (
  at: Connection,
  groups: readonly TrainGroup[],
  inputs: (s: number, completion: Int32Array) => Row['inputs'],
  pass: Pass,
): Promise<E.Either<EngineFault, Passing>> => {
  const rows = await rowsOf(at, groups, inputs, pass.signal)
  if (E.isLeft(rows)) return rows
  const parts = chunked(rows.right, at.options.chunk)
  let taken = await sendParts(at, pass, parts)
  if (E.isLeft(taken) && lacksMedium(taken.left)) {
    at.uploads.forget()
    const again = await rowsOf(at, groups, inputs, pass.signal)
    if (E.isLeft(again)) return again
    taken = await sendParts(at, pass, parts)
  }
  if (E.isLeft(taken)) return taken
  const asked = taken.right
  const trainee = at.trainee()
  return E.right({
    result: async () => {
      const all: Scored[] = []
      let wrong: EngineFault | undefined
      for (const [i, one] of asked.entries()) {
        const done = await one.result()
        const scored = E.isLeft(done) ? done : scoredOf(at, pass, parts[i]!, done.right)
        if (E.isLeft(scored)) wrong ??= scored.left
        else all.push(scored.right)
      }
      if (wrong === undefined)
        return E.right({
          logprobs: all.flatMap(({ logprobs }) => logprobs),
          metrics: Object.assign({}, ...all.map(({ metrics }) => metrics)),
        })
      // Part of the gradient may be there: it is not to be stepped along.
      if (pass.verb === 'forward_backward' && (all.length > 0 || wrong._tag === 'BadAnswer')) trainee.doubt(wrong)
      return E.left(wrong)
    },
  })
}

const noForward = new WeakSet<Connection>()

/** Servers without `forward` go forward and backward with weights of 0, which adds nothing where losses are summed. */
const weightless = (
  at: Connection,
  groups: readonly TrainGroup[],
  pass: Omit<Pass, 'verb' | 'loss'>,
  verb: Pass['verb'],
) =>
  sendPass(at, groups, (_, { length }) => ({ weights: new Float64Array(length) }), {
    ...pass,
    verb,
    loss: 'cross_entropy',
  })

/** Log-probabilities without a gradient. */
export const score = async (
  at: Connection,
  groups: readonly TrainGroup[],
  signal?: AbortSignal,
  adapter?: 'off',
): Promise<E.Either<EngineFault, Passing>> => {
  const pass = { adapter, signal }
  const instead = () => weightless(at, groups, pass, 'forward_backward')
  if (noForward.has(at)) return instead()
  const sent = await weightless(at, groups, pass, 'forward')
  if (E.isRight(sent) || sent.left._tag !== 'Refused' || !sent.left.cause.includes('answers forward with 404'))
    return sent
  if (at.capabilities.reduction !== 'sum') return sent
  noForward.add(at)
  return instead()
}
