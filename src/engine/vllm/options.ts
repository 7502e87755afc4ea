import type { PadTokens } from '../tinker/remote/pads.ts'

/** Where vLLM is, and which of its models is sampled. */
export interface VllmOptions {
  /** Without a version, such as `http://127.0.0.1:8000`. */
  readonly url: string
  /** Sent as `Authorization: Bearer`; never part of a message. */
  readonly key?: string
  /** The base model by the name that the server gives it; its only one when not given. */
  readonly model?: string
  /** Where adapters are written that the server reads: a folder that both see. */
  readonly adapters: string
  /** The same folder as the server names it; the same name when not given. */
  readonly adaptersThere?: string
  /** Pad tokens of the model's prompts; those of Qwen2.5-VL when not given. */
  readonly pads?: PadTokens
  /** Prompts that are sampled at the same time; 64 when not given. */
  readonly atOnce?: number
  /**
   * How far the server's log-probabilities of a completion may be from those of the policy that trains, in nats a token on average; 0.3
   * when not given: a sampler in bfloat16 is some hundredths off.
   */
  readonly within?: number
  /** How long the server may be unreachable or say nothing of use, seconds; 600 when not given. */
  readonly patienceSeconds?: number
  /** How long one request may take until it answers, seconds; 300 when not given: an answer comes when it is whole. */
  readonly requestSeconds?: number
  /** First pause before a request is sent again, seconds; doubled up to 30. 1 when not given. */
  readonly pauseSeconds?: number
}
