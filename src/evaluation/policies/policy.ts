import type { taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../../dataset/index.ts'
import type { Fault } from '../../flow/index.ts'
import type { Clip, Frames } from '../../media/index.ts'

/** A question as it is put to a policy. */
export interface PolicyQuestion<R extends VideoRecord = VideoRecord> {
  readonly record: R
  /** The whole text that it is asked. */
  readonly prompt: string
  /** What is shown before the text, and the clip it is from; absent where the policy answers from the text alone. */
  readonly clip?: Clip
  readonly frames?: Frames
  /** The observation that stands in the prompt, for readers that go by rules and not by the prompt. */
  readonly observation?: string
}

/**
 * Who is evaluated: a checkpoint, a server, a script, or your own. Reads a question, gives its whole output as text. A `Left` is a failed
 * question, never a wrong answer.
 */
export interface EvaluatedPolicy<in R extends VideoRecord = VideoRecord> {
  /** Kept with the results. */
  readonly name: string
  /** Whatever else changes its answers (address, sampling), as text. */
  readonly settings?: string
  readonly answer: (question: PolicyQuestion<R>, signal: AbortSignal) => TE.TaskEither<Fault, string>
}
