import * as t from 'io-ts'
import { natural, whole } from './chunk.ts'

/** Where a log-probability is not known, JSON has null. */
const numbers = t.array(t.union([t.number, t.null]))

export const samplesResult = t.intersection([
  t.type({
    sequences: t.array(
      t.intersection([
        t.type({ tokens: t.array(whole) }),
        t.partial({
          stop_reason: t.string,
          logprobs: t.union([numbers, t.null]),
          /** An addition of this project: under the distribution that was drawn from. */
          sampling_logprobs: numbers,
        }),
      ]),
    ),
  }),
  t.partial({ prompt_logprobs: t.union([numbers, t.null]) }),
])
/** Which requests of a sampling session have ended since a cursor, and the next cursor. */
export const endedFutures = t.type({ completions: t.array(t.type({ request_id: t.string })), cursor: natural })

export type SamplesResult = t.TypeOf<typeof samplesResult>

export const trainingResult = t.intersection([
  t.type({
    loss_fn_outputs: t.array(t.intersection([t.type({ logprobs: t.type({ data: numbers }) }), t.UnknownRecord])),
  }),
  t.partial({ metrics: t.union([t.record(t.string, t.unknown), t.null]) }),
])
export type TrainingResult = t.TypeOf<typeof trainingResult>

export const optimResult = t.partial({ metrics: t.union([t.record(t.string, t.unknown), t.null]) })
export const modelResult = t.type({ model_id: t.string })
export const savedResult = t.partial({
  path: t.union([t.string, t.null]),
  sampling_session_id: t.union([t.string, t.null]),
})

/** What a submitted request is answered with. */
export const submitted = t.intersection([
  t.type({ request_id: t.string }),
  t.partial({ sample_sequence_ids: t.union([t.array(t.string), t.null]) }),
])

/** What a server can do. */
export const capabilitiesResult = t.intersection([
  t.type({
    supported_models: t.array(
      t.partial({ model_name: t.union([t.string, t.null]), max_context_length: t.union([t.number, t.null]) }),
    ),
  }),
  /** Of this project's own server. */
  t.partial({
    kinograd: t.type({
      version: t.literal(1),
      reduction: t.literal('sum'),
      image_token: whole,
      video_token: whole,
      merge_size: whole,
      tokens_per_second: t.number,
      layout: t.keyof({ qwen: null, transformers4: null, transformers5: null }),
      parameters: whole,
    }),
  }),
])
export type CapabilitiesResult = t.TypeOf<typeof capabilitiesResult>
