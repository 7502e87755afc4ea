import type { taskEither as TE } from 'fp-ts'
import type { Objective } from '../advantage/index.ts'
import type { Fault } from '../flow/index.ts'
import type { Patches } from '../media/index.ts'

/** What a policy reads: token ids in which each medium is already expanded to its pad tokens, and the media in order. */
export interface Prompt {
  readonly ids: Int32Array
  readonly media: readonly Patches[]
}

/** How completions are sampled. Filters that are not given are off. */
export interface Sampling {
  /** G: completions a prompt. */
  readonly count: number
  /** Most tokens a completion; 0 gives completions without a token. */
  readonly maxTokens: number
  /** 0 is greedy. */
  readonly temperature: number
  readonly topK?: number
  readonly topP?: number
  readonly minP?: number
  readonly repetitionPenalty?: number
  readonly stop: readonly number[]
  readonly seed: number
}

/** One sampled completion, the stop token included when there was one. */
export interface Completion {
  readonly ids: Int32Array
  /** log π(token) of the untempered policy, one a token. */
  readonly logprobs: Float32Array
  /** log-probability under the distribution that was sampled from (temperature, top-k, top-p, min-p applied). */
  readonly samplingLogprobs: Float32Array
  readonly stop: 'stop' | 'length'
}

/** A prompt with its completions: what is scored and trained as one. The prompt is computed once for all of them. */
export interface TrainGroup {
  readonly prompt: Prompt
  readonly completions: readonly Int32Array[]
}

/** What one pass forward and backward says of itself. */
export interface StepReport {
  readonly loss: number
  readonly metrics: Readonly<Record<string, number>>
}

/** Why an engine could not do what it was asked. */
export type EngineFault = Fault<
  | 'BadPrompt'
  | 'BadSampling'
  | 'BadCheckpoint'
  | 'NoSpace'
  | 'NoRoom'
  | 'BadAdapter'
  | 'NothingTrained'
  | 'NotFinite'
  | 'TooLong'
  | 'Cancelled'
  | 'Disposed'
  | 'Thrown'
  | 'NoBackend'
  | 'BadTokenizer'
>

/** How a policy is saved. */
export interface SaveOptions {
  /** An adapter is added to the weights, which are written whole. */
  readonly merged?: boolean
  readonly signal?: AbortSignal
}

/**
 * The verbs of an engine. They are queued: each is done when those are done that were run before it, so that a reader may sample,
 * score or save while a pipeline trains, and sees the policy of the moment at which it asked. A verb takes its place in the queue when
 * its task is run, and leaves it at once when its signal is aborted (`Cancelled`). Nothing is ever thrown or rejected: `Thrown` is what a
 * function that was given to the engine threw, or a defect of the engine; `Disposed` is what every verb gives after `dispose`.
 */
export interface Engine {
  readonly capabilities: { readonly backend: string; readonly parameters: number; readonly maxTokens: number }
  /** G completions a prompt, prompts in order; seeded per (seed, prompt index, completion index). */
  readonly sample: (
    prompts: readonly Prompt[],
    sampling: Sampling,
    signal?: AbortSignal,
  ) => TE.TaskEither<EngineFault, readonly (readonly Completion[])[]>
  /**
   * log π of every completion token, sequences in the order of groups and completions. With `adapter: 'off'` of the model under its
   * low-rank adapter, which training does not move: the reference of a KL, without a second copy of the weights.
   */
  readonly logprobs: (
    groups: readonly TrainGroup[],
    signal?: AbortSignal,
    options?: { readonly adapter?: 'off' },
  ) => TE.TaskEither<EngineFault, readonly Float64Array[]>
  /** Adds the gradient of the objective to what is accumulated. A loss that is not finite leaves the sums untouched. */
  readonly forwardBackward: (
    groups: readonly TrainGroup[],
    objective: Objective,
    signal?: AbortSignal,
  ) => TE.TaskEither<EngineFault, StepReport>
  /**
   * Applies the accumulated gradient once and clears it. Where gradient, learning rate or step are not finite, `NotFinite`: the
   * gradient is dropped, weights and the optimiser's state stay as they were.
   */
  readonly optimStep: (
    learningRate: number,
    signal?: AbortSignal,
  ) => TE.TaskEither<EngineFault, { readonly gradientNorm: number }>
  /**
   * Writes what is trained, the weights or the adapter alone, and the optimiser's state, as they are when its turn in the queue comes;
   * verbs that follow do not wait until it is written. The folder holds the whole save or, where the process is killed, what it held
   * before. Ends when all is on the disk. With `merged`, whole weights are written, what an adapter adds to them included, and no
   * optimiser's state: what others load who know nothing of adapters.
   */
  readonly save: (directory: string, options?: AbortSignal | SaveOptions) => TE.TaskEither<EngineFault, void>
  /**
   * Loads weights, an adapter, or both, and the optimiser's state where the folder has one and `weightsOnly` is not set. A folder whose
   * files are not of one save is refused by their names, and the engine stays as it was; folders of others, which say nothing of
   * their files, are taken.
   */
  readonly load: (
    directory: string,
    options?: { readonly weightsOnly?: boolean; readonly signal?: AbortSignal },
  ) => TE.TaskEither<EngineFault, void>
  /** Frees everything. The verb on its way ends early with `Disposed`; a save that is being written is written to its end. */
  readonly dispose: () => void
}
