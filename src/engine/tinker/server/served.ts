import type { taskEither as TE } from 'fp-ts'
import type { Fault } from '../../../flow/index.ts'
import type { Patches } from '../../../media/index.ts'
import type { Engine, EngineFault } from '../../engine.ts'
import type { PromptModel } from '../../text/prompt-value.ts'

/** Settings of AdamW that a client sends with each step. */
export interface AdamSettings {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly weightDecay: number
  /** Largest norm of the gradient; 0 does not clip. */
  readonly clip: number
}

/** What a client asks a model to be: an adapter of a rank, or with rank 0 all weights. */
export interface ModelShape {
  readonly rank: number
  readonly alpha?: number | undefined
  readonly seed: number
}

/** A model that learns. */
export interface OpenModel {
  readonly engine: Engine
  /** Settings of the optimiser from the next step on. */
  readonly settle: (settings: AdamSettings) => void
}

/** A checkpoint as a server lends it out: any number of models over one set of weights. */
export interface ServedPolicy {
  /** By this name clients ask for it. */
  readonly name: string
  readonly model: PromptModel
  readonly parameters: number
  /** Longest prompt plus completion, tokens. */
  readonly maxTokens: number
  /** Patches of a picture, a whole PNG or JPEG file. */
  readonly picture: (file: Uint8Array) => TE.TaskEither<Fault, Patches>
  readonly open: (shape: ModelShape) => TE.TaskEither<EngineFault, OpenModel>
}
