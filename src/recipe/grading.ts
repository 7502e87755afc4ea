import type { either as E, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { Sampling } from '../engine/index.ts'
import type { Fault } from '../flow/index.ts'
import type { Rollout } from '../stages/index.ts'
import type { Split } from './split.ts'

/** How completions are sampled; their seed and what ends them is the recipe's. */
export type Completions = Omit<Sampling, 'seed' | 'stop'>

/** What an evaluation finds of one answer. What was not looked at is left out, and no row of the table shows it. */
export interface GradedAnswer {
  /** In [0, 1]. */
  readonly accuracy: number
  readonly wellFormed: boolean
  /** The observation alone supports the correct answer. */
  readonly sufficient?: boolean
  /** The answer is what follows from the observation. */
  readonly faithful?: boolean
  /** The answer is not what the thoughts come to. */
  readonly mismatch?: boolean
}

/** Grades one completion, at once or by asking somebody. */
export type Grader<K extends string, T extends string, R extends VideoRecord = VideoRecord> = (
  record: R,
  rollout: Rollout<K, T>,
  signal: AbortSignal,
) => E.Either<Fault, GradedAnswer> | TE.TaskEither<Fault, GradedAnswer>

/** How a policy is looked at, between updates and in the evaluation: one completion a question. */
export interface Grading<K extends string, T extends string, R extends VideoRecord = VideoRecord> {
  readonly grade: Grader<K, T, R>
  readonly sampling: Omit<Completions, 'count'>
  /** Questions asked at the same time; 64 when not given. */
  readonly atOnce?: number
}

/** The evaluation of policies on questions that none of them has learned from. Outputs become lines of outputs.jsonl. */
export interface Evaluation<R extends VideoRecord = VideoRecord> {
  /** What the phase is called; `evaluation` when not given. */
  readonly title?: string
  readonly records: Split<R>
  /** A second round under another sampling, as at temperature 1: `accuracyAtT1` and `formatRateAtT1` of the summary. */
  readonly again?: Omit<Completions, 'count'>
  /** Policies by name with their checkpoints, `undefined` for the policy as it is opened; all that the recipe has when not given. */
  readonly policies?: readonly (readonly [name: string, checkpoint: string | undefined])[]
  /**
   * Policies asked at the same time, each in a process of its own with its share of the cores; as many as runs of arms `atOnce` when not
   * given. More than 1 needs `source` of the recipe, and each process the memory of one policy. What comes of it is the same.
   */
  readonly policiesAtOnce?: number
}
