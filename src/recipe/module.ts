import type { taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { Fault } from '../flow/index.ts'
import type { ExtraReward, HasRecord, HasRollouts, ProcessAccuracy } from '../stages/index.ts'
import type { Teachers } from './annotation.ts'
import type { Grader } from './grading.ts'
import type { Groundwork } from './groundwork.ts'
import type { RecipePolicy } from './policy.ts'
import type { Split } from './split.ts'

/** What a module of your own is told of the run that it works for. */
export interface ModuleRequest {
  /** Folder of the run: what is made may lie in it. */
  readonly directory: string
  readonly seed: number
  /** What the configuration says to the module, unread. */
  readonly settings: unknown
  /** Where the configuration lies: paths in `settings` are taken from there. */
  readonly folder: string
}

/** What a module of your own gives: any of it, in place of what the configuration would say. */
export interface ModuleParts {
  /** Which of several sizes the run has. */
  readonly preset?: string
  /** Bytes that the run may take on disk. */
  readonly bytes?: number
  /** Makes what the other phases read. */
  readonly groundwork?: Groundwork
  /** Folder that paths of records are taken from. */
  readonly root?: string
  /** Records by phase. */
  readonly records?: Readonly<Partial<Record<'data' | 'rl' | 'watch' | 'evaluation', Split>>>
  readonly policy?: TE.TaskEither<Fault, RecipePolicy>
  readonly teachers?: TE.TaskEither<Fault, Teachers>
  /** Accuracies by process. */
  readonly accuracy?: Readonly<Record<string, ProcessAccuracy<VideoRecord, string, string>>>
  /** Further rewards by process and name. */
  readonly extra?: Readonly<
    Record<string, Readonly<Record<string, ExtraReward<HasRecord & HasRollouts<string, string>>>>>
  >
  readonly grade?: Grader<string, string>
}

/** The default export of a module that a configuration names. */
export type RecipeModule = (request: ModuleRequest) => TE.TaskEither<Fault, ModuleParts>
