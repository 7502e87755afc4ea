import * as t from 'io-ts'
import { modelInput, natural, whole } from './chunk.ts'

const optional = <C extends t.Mixed>(codec: C) => t.union([codec, t.null, t.undefined])

export const createSession = t.partial({ tags: t.array(t.string), sdk_version: t.string })
export const ofSession = t.type({ session_id: t.string })
export const ofModel = t.type({ model_id: t.string })

export const createModel = t.intersection([
  t.type({ session_id: t.string, model_seq_id: natural, base_model: t.string }),
  t.partial({
    lora_config: optional(
      t.intersection([t.type({ rank: natural }), t.partial({ seed: optional(whole), alpha: optional(t.number) })]),
    ),
    optimizer_config: t.type({ type: t.string }),
  }),
])

export const adamParams = t.partial({
  learning_rate: t.number,
  beta1: t.number,
  beta2: t.number,
  eps: t.number,
  weight_decay: t.number,
  grad_clip_norm: t.number,
})
export const optimStep = t.type({ model_id: t.string, seq_id: natural, adam_params: adamParams })

export const saveWeights = t.type({ model_id: t.string, seq_id: natural, path: t.string })
export const loadWeights = t.intersection([
  t.type({ model_id: t.string, seq_id: natural, path: t.string }),
  t.partial({ optimizer: t.boolean }),
])
export const saveForSampler = t.intersection([
  t.type({ model_id: t.string, seq_id: natural }),
  t.partial({ path: optional(t.string), sampling_session_seq_id: optional(natural), kind: optional(t.string) }),
])

export const createSampler = t.intersection([
  t.type({ session_id: t.string, sampling_session_seq_id: natural }),
  t.partial({ base_model: optional(t.string), model_path: optional(t.string) }),
])

const samplingParams = t.intersection([
  t.partial({
    max_tokens: optional(natural),
    seed: optional(whole),
    stop: optional(t.union([t.array(natural), t.array(t.string), t.string])),
    temperature: optional(t.number),
    top_k: optional(whole),
    top_p: optional(t.number),
  }),
  /** Additions of this project. */
  t.partial({ min_p: t.number, repetition_penalty: t.number }),
])

export const sampleRequest = t.intersection([
  t.type({ sampling_session_id: t.string, seq_id: natural, prompt: modelInput, sampling_params: samplingParams }),
  t.partial({
    num_samples: optional(natural),
    prompt_logprobs: optional(t.boolean),
    /** Additions of this project: further prompts that are sampled in step with the first, and hashes of all of them. */
    more_prompts: t.array(modelInput),
    prompt_hashes: t.array(t.string),
  }),
])
export type SampleRequest = t.TypeOf<typeof sampleRequest>

export const retrieveFuture = t.intersection([
  t.type({ request_id: t.string }),
  t.partial({ allow_metadata_only: optional(t.boolean) }),
])
export const retrieveFutures = t.intersection([
  t.type({ target: t.type({ sampling_session_id: t.string }) }),
  t.partial({ prev_cursor: natural, timeout: optional(t.number), retrieved_request_ids: t.array(t.string) }),
])
