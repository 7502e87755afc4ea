/** The five kinds of question of Video-R1 (arXiv 2503.21776), spelled as `problem_type` in its files. */
export const problemTypes = ['multiple choice', 'numerical', 'OCR', 'free-form', 'regression'] as const
/** How an answer is scored: one of the five types of Video-R1. */
export type ProblemType = (typeof problemTypes)[number]

/** What `path` points at; `frame` is a folder of frames, one picture a file (200 records of MVBench). */
export const dataTypes = ['video', 'image', 'frame'] as const
/** What a record's `path` points at. */
export type DataType = (typeof dataTypes)[number]

/** A part of a clip, in seconds from its beginning. */
export interface Seconds {
  readonly start: number
  readonly end: number
}

/** One question about one clip or image. */
export interface VideoRecord {
  /** `problem_id` as text; unique in its file. */
  readonly id: string
  /** The question, without options. */
  readonly problem: string
  readonly problemType: ProblemType
  readonly dataType: DataType
  /** "A. …", "B. …"; empty unless multiple choice. */
  readonly options: readonly string[]
  /** The ground truth: what stands inside the answer tags of `solution`. */
  readonly answer: string
  /** Media file as the data set writes it; resolved against the data set's root. */
  readonly path: string
  /** `data_source`: where the question came from; empty where the file does not say. */
  readonly source: string
  /** `original_question_type` of the benchmarks, as `object_counting`; absent elsewhere. */
  readonly kind?: string
  /** `start` and `end`: the question is about this part of the clip alone (MVBench). Absent where it is about all of it. */
  readonly window?: Seconds
  /** `fps`: pictures a second in a folder of frames, where the file says it (MVBench). */
  readonly fps?: number
  /** What the file says beyond that, by its own names and as it stands there; it is written again. Absent where there is nothing. */
  readonly extra?: Readonly<Record<string, unknown>>
}

/**
 * A record with a verified chain of thought: what `annotate` writes and what VideoP2R-CoT-162K holds (arXiv 2511.11113; README of
 * 1171-jpg/videop2r).
 */
export interface CotRecord extends VideoRecord {
  /** The perception segment, as the file writes it. */
  readonly observation: string
  /** The reasoning segment, as the file writes it. */
  readonly process: string
  /** The whole trace; where it differs from the segments, this one counts. */
  readonly output: string
  /** What the verifier gave the answer, between 0 and 1. */
  readonly reward: number
  /** Who wrote the chain; absent in the published files. */
  readonly annotator?: string
}
