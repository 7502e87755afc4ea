import type { taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { Fault } from '../flow/index.ts'
import type { Frames } from '../media/index.ts'

export type TeacherFault = Fault<
  | 'Refused'
  | 'Truncated'
  | 'Unreadable'
  | 'RateLimited'
  | 'SpendLimit'
  | 'Unreachable'
  | 'TimedOut'
  | 'Cancelled'
  | 'BadRequest'
>

/** Writes a chain of thought for one question about one clip. */
export interface Annotator {
  /** Recorded with every annotation: scripted, or the model's id. */
  readonly name: string
  readonly annotate: (
    request: { readonly record: VideoRecord; readonly prompt: string; readonly frames: Frames },
    signal: AbortSignal,
  ) => TE.TaskEither<TeacherFault, string>
}

/**
 * Says whether an observation alone supports the correct answer. Reads text only (VideoP2R, equation 3).
 * An answer that stays unreadable is the fault `Unreadable`: the rollout is then unscored for its process, never a silent No.
 */
export interface Judge {
  readonly name: string
  readonly judge: (
    request: { readonly record: VideoRecord; readonly observation: string },
    signal: AbortSignal,
  ) => TE.TaskEither<TeacherFault, { readonly sufficient: boolean }>
}
