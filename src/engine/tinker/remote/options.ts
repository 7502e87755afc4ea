import type { AdamSettings } from '../server/served.ts'
import type { PadTokens } from './pads.ts'

/** How a server makes one loss of the losses of tokens: their sum, or the mean over sequences of each one's mean. */
export type Reduction = 'sum' | 'seq-mean'

/** Where an engine is, and which model it is asked for. */
export interface TinkerOptions {
  /** Such as `http://127.0.0.1:8765`. */
  readonly url: string
  /** Sent as `X-API-Key`; never part of a message. */
  readonly key?: string
  /** Name of the base model; the only one that the server has when not given. */
  readonly model?: string
  /** Rank of the adapter that is trained; 0 trains all weights. 32 when not given. */
  readonly rank?: number
  /** Of the adapter's random numbers; 0 when not given. */
  readonly seed?: number
  /** Settings of AdamW; beta 0.9 and 0.95, epsilon 1e-12, no decay and no clipping when not given, as in the protocol. */
  readonly optimiser?: Partial<AdamSettings>
  /** What the server makes of the losses of tokens, where it does not say so and probing is not wanted. */
  readonly reduction?: Reduction
  /** Pad tokens of the model's prompts, where the server does not say them; those of Qwen2.5-VL when not given. */
  readonly pads?: PadTokens
  /** How long a server may be unreachable or say nothing of use, seconds; 600 when not given. */
  readonly patienceSeconds?: number
  /** How long one request may take until it answers, seconds; 45 when not given. */
  readonly requestSeconds?: number
  /** First pause before a request is sent again, seconds; doubled up to 30. 1 when not given. */
  readonly pauseSeconds?: number
  /** How often a session says that it lives, seconds; 10 when not given. */
  readonly heartbeatSeconds?: number
  /** Sequences and bytes of one request of training; 1,024 and 5,000,000 when not given. */
  readonly chunk?: { readonly sequences?: number; readonly bytes?: number }
  /** Requests of sampling that are on their way at once; 64 when not given. */
  readonly samplesAtOnce?: number
}
