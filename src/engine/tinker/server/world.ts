import type { taskEither as TE } from 'fp-ts'
import type { Engine } from '../../engine.ts'
import type { Futures } from './futures.ts'
import type { PromptReader } from './prompts.ts'
import type { Refusal } from './refusal.ts'
import type { Sequence } from './sequence.ts'
import type { ModelShape, OpenModel, ServedPolicy } from './served.ts'
import type { Store } from './store.ts'

/** A model that a client trains. */
export interface Model {
  readonly id: string
  readonly session: string
  readonly shape: ModelShape
  readonly open: OpenModel
  readonly requests: Sequence
  /** Steps of the optimiser that were begun: what was sampled before them is of other weights. */
  version: number
  /** Whether anything was asked of it: weights are loaded before. */
  used: boolean
}

/** Whoever samples: a model as it was at one version, or weights that were saved. */
export interface Sampler {
  readonly id: string
  readonly session: string
  readonly path: string | null
  readonly source:
    | { readonly kind: 'model'; readonly model: Model; readonly version: number }
    | { readonly kind: 'saved'; readonly engine: TE.TaskEither<Refusal, Engine> }
  /** Requests by their number: a request that comes again is the same. */
  readonly requests: Map<number, { readonly digest: string; readonly id: string }>
}

/** A client. */
export interface Session {
  readonly id: string
  /** When it was last heard of, in milliseconds. */
  heard: number
  readonly creations: Sequence
  readonly samplers: Map<number, { readonly digest: string; readonly id: string }>
}

/** All that a server holds. */
export interface World {
  readonly policy: ServedPolicy
  readonly reader: PromptReader
  readonly futures: Futures
  readonly store: Store
  readonly sessions: Map<string, Session>
  /** Sessions that ended, so that their clients are told so. */
  readonly ended: Set<string>
  readonly models: Map<string, Model>
  readonly samplers: Map<string, Sampler>
  /** Engines of saved weights, which nobody trains, by path; the base model by the empty text. */
  readonly frozen: Map<string, Promise<Engine | undefined>>
  readonly limits: { readonly models: number; readonly sessions: number; readonly pollSeconds: number }
}
