import { either as E } from 'fp-ts'
import * as t from 'io-ts'
import { type Chunk, chunkOf, modelInput, natural } from './chunk.ts'

const tensor = t.intersection([
  t.type({ data: t.array(t.number), dtype: t.keyof({ int64: null, float32: null }) }),
  t.partial({ shape: t.union([t.array(natural), t.null]), sparse_crow_indices: t.unknown }),
])

const datum = t.intersection([
  t.type({ model_input: modelInput, loss_fn_inputs: t.record(t.string, tensor) }),
  /** Additions of this project: tokens of the prompt, and the hash of its sealed value. */
  t.partial({ prompt_tokens: natural, prompt_hash: t.string }),
])

const input = t.intersection([
  t.type({ data: t.array(datum), loss_fn: t.string }),
  t.partial({
    loss_fn_config: t.union([t.record(t.string, t.union([t.number, t.string])), t.null]),
    /** An addition of this project: `off` is the model under its adapter. */
    adapter: t.literal('off'),
  }),
])

/** The body of `forward_backward` and of `forward`. */
export const trainingRequest = t.intersection([
  t.type({ model_id: t.string, seq_id: natural }),
  t.partial({ forward_backward_input: input, forward_input: input }),
])

/** One sequence to train on. */
export interface Datum {
  readonly chunks: readonly Chunk[]
  /** Numbers by name, one a token that is predicted. */
  readonly inputs: Readonly<Record<string, readonly number[]>>
  readonly promptTokens?: number | undefined
  readonly promptHash?: string | undefined
}

/** A request to go forward, and backward where `backward` says so. */
export interface TrainingRequest {
  readonly modelId: string
  readonly seqId: number
  readonly data: readonly Datum[]
  readonly loss: string
  readonly config: Readonly<Record<string, number | string>>
  readonly backward: boolean
  readonly adapter?: 'off' | undefined
}

/** A request as JSON had it. */
export const trainingRequestOf = (body: t.TypeOf<typeof trainingRequest>): E.Either<string, TrainingRequest> => {
  const given = body.forward_backward_input ?? body.forward_input
  if (given === undefined) return E.left('forward_backward_input or forward_input is missing')
  return E.right({
    modelId: body.model_id,
    seqId: body.seq_id,
    data: given.data.map(({ model_input: { chunks }, loss_fn_inputs: inputs, prompt_tokens, prompt_hash }) => ({
      chunks: chunks.map(chunkOf),
      inputs: Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, data] as const)),
      promptTokens: prompt_tokens,
      promptHash: prompt_hash,
    })),
    loss: given.loss_fn,
    config: given.loss_fn_config ?? {},
    backward: body.forward_backward_input !== undefined,
    adapter: given.adapter,
  })
}
