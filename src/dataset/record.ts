/** The five kinds of question of Video-R1 (PAPER: Video-R1 `problem_type`), spelled as in its files. */
export const problemTypes = ['multiple choice', 'numerical', 'OCR', 'free-form', 'regression'] as const
export type ProblemType = (typeof problemTypes)[number]

/** One question about one clip or image. */
export interface VideoRecord {
  /** `problem_id` as text; unique in its file. */
  readonly id: string
  /** The question, without options. */
  readonly problem: string
  readonly problemType: ProblemType
  readonly dataType: 'video' | 'image'
  /** "A. …", "B. …"; empty unless multiple choice. */
  readonly options: readonly string[]
  /** The ground truth: what stands inside the answer tags of `solution`. */
  readonly answer: string
  /** Media file as the data set writes it; resolved against the data set's root. */
  readonly path: string
  /** `data_source`: where the question came from. */
  readonly source: string
}
