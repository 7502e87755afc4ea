import type { either as E, taskEither as TE } from 'fp-ts'
import type { CotRecord, VideoRecord } from '../dataset/index.ts'
import type { Engine, Prompt, Tokenizer } from '../engine/index.ts'
import type { Fault } from '../flow/index.ts'
import type { HasClip, HasFrames, HasRecord } from '../stages/index.ts'

/** For what an engine is opened: the optimiser may differ. An evaluation trains nothing. */
export type Purpose = 'sft' | 'rl' | 'evaluation'

/**
 * The policy of a recipe: how its engines are opened, what it reads and what it is taught. A checkpoint of Hugging Face is one
 * (`loadPolicy`, `qwenPrompt`), a fresh network with a vocabulary of its own another.
 */
export interface RecipePolicy<R extends VideoRecord = VideoRecord> {
  readonly tokenizer: Tokenizer
  /** The policy as it is before any training. Each phase opens one, loads what it goes on from, and disposes of it. */
  readonly open: (purpose: Purpose) => TE.TaskEither<Fault, Engine>
  /** Loads a checkpoint of a phase into an opened engine: `engine.load(folder, { weightsOnly: true })` when not given. */
  readonly load?: (engine: Engine, checkpoint: string) => TE.TaskEither<Fault, void>
  /** Writes a phase's policy down: `engine.save(folder)` when not given. */
  readonly save?: (engine: Engine, checkpoint: string) => TE.TaskEither<Fault, void>
  /** From a record and its frames to what the policy reads. */
  readonly prompt: (item: HasRecord<R> & HasClip & HasFrames) => E.Either<Fault, Prompt>
  /** What fine-tuning makes likely, the end mark included. */
  readonly target: (chain: R & CotRecord) => E.Either<Fault, Int32Array>
  /** Tokens that end a completion; the tokenizer's `eos` alone when not given. */
  readonly stop?: readonly number[]
}
