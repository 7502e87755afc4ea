import type { taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { Fault } from '../flow/index.ts'
import type { Decoder, FrameSampling } from '../media/index.ts'
import type { Template } from '../process/index.ts'
import type { FrameList, MediaRoot } from '../stages/index.ts'
import type { Annotation } from './annotation.ts'
import type { FineTuning } from './fine-tuning.ts'
import type { Evaluation, Grading } from './grading.ts'
import type { Groundwork } from './groundwork.ts'
import type { RecipePolicy } from './policy.ts'
import type { Reinforcement } from './reinforcement.ts'
import type { RecipeSource } from './source.ts'

/** Where media lie, what decodes them, and which frames are taken. */
export interface RecipeMedia<R extends VideoRecord = VideoRecord> extends MediaRoot {
  readonly decoder: Decoder
  readonly spec: FrameSampling
  /** The pictures of a record of data type `frame`, where they are not simply all of a folder. */
  readonly pictures?: (record: R) => FrameList
}

/**
 * Everything that one run of VideoP2R needs, as a plain value: `runRecipe` does its phases. Generic over the processes `K` and tags `T`
 * of its template, and over its records `R`, whose own fields reach prompts and rewards.
 *
 * A phase that is left out is not done: data alone, fine-tuning on chains from elsewhere, reinforcement from a checkpoint, evaluation
 * alone, or all of them, always in the order in which they stand here.
 */
export interface Recipe<K extends string, T extends string, R extends VideoRecord = VideoRecord> {
  /** What the run is, in a few words: the heading of its plan. */
  readonly title: string
  /** Folder of the run. */
  readonly directory: string
  /** What must be the same when the run is resumed: what JSON can hold. Becomes config.json. */
  readonly settings: Readonly<Record<string, unknown>>
  /** Which of several sizes the run has; summary and page repeat it. */
  readonly preset?: string
  /** Further words about the run that summary and page repeat. */
  readonly labels?: Readonly<Record<string, string>>
  readonly seed: number
  /** The share of the records of a phase that may fail; 0.05 when not given. */
  readonly tolerate?: number
  /** Expected minutes by title of a phase, `report` included, for the plan; phases that are not named have no time there. */
  readonly minutes?: Readonly<Record<string, number>>
  /** Bytes that the run may take on disk: asked for before anything begins. */
  readonly bytes?: number
  readonly template: Template<K, T>
  readonly media: RecipeMedia<R>
  /** Opened once a process, after the groundwork: its tokenizer may be made by that. Not opened for data alone. */
  readonly policy: TE.TaskEither<Fault, RecipePolicy<R>>
  readonly groundwork?: Groundwork
  readonly data?: Annotation<T, R>
  readonly sft?: FineTuning<R>
  readonly rl?: Reinforcement<K, T, R>
  /** How policies are looked at; `evaluation` and `rl.watch` need it. */
  readonly grading?: Grading<K, T, R>
  readonly evaluation?: Evaluation<R>
  /** How another process makes this very recipe, for runs of arms and policies `atOnce`. A recipe of a configuration has it. */
  readonly source?: RecipeSource
}
