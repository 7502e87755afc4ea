import type { taskEither as TE } from 'fp-ts'
import type { CotRecord, RecordCodec, VideoRecord } from '../dataset/index.ts'
import type { Fault } from '../flow/index.ts'
import type { Annotator, Judge } from '../teacher/index.ts'
import type { Split } from './split.ts'
import type { Workers } from './workers.ts'

/** Who writes chains of thought and who judges them. */
export interface Teachers<R extends VideoRecord = VideoRecord> {
  readonly annotator: Annotator<R>
  /** Says whether an observation suffices; without one, chains are verified and not judged. */
  readonly judge?: Judge<R>
  /** What the annotator is asked. */
  readonly prompt: (record: R) => string
}

/** Which tags of the template hold what the data pipeline looks at. A record's segments without a tag hold the texts of all. */
export interface ChainTags<T extends string> {
  /** What is verified. */
  readonly answer: T
  /** What the judge reads; chains are not judged without it. */
  readonly observation?: T
  /** The reasoning, as a chain-of-thought record keeps it apart. */
  readonly think?: T
}

/**
 * The data phase: annotate, verify, judge (arXiv 2511.11113, section 3.2). Chains that are kept become lines of cot.jsonl in the
 * run's folder; the others are counted by why they were left out.
 */
export interface Annotation<T extends string, R extends VideoRecord = VideoRecord> {
  /** What the phase is called; `CoT data` when not given. */
  readonly title?: string
  readonly records: Split<R>
  /** Opened when the run begins; `Left` (no key, no such model) ends it. */
  readonly teachers: TE.TaskEither<Fault, Teachers<R>>
  readonly tags: ChainTags<T>
  /** How chains are written and read again, with fields of your own: `t.intersection([cotRecord, t.strict({ … })])`. */
  readonly codec: RecordCodec<R & CotRecord>
  /** What an answer must score to be kept; 0.6 when not given. */
  readonly threshold?: number
  /** Records annotated at the same time; 4 when not given, 32 with workers. */
  readonly inFlight?: number
  /** Workers that do it; this process when not given. */
  readonly workers?: Workers
}
