/** One judgement as the labelling page shows it. */
export interface PageJudgement {
  readonly id: string
  readonly question: string
  readonly options: readonly string[]
  readonly answer: string
  readonly observation: string
  readonly path: string
  readonly dataType: string
  readonly problemType: string
  readonly verdicts: Readonly<Record<string, boolean | null>>
  readonly reasons: Readonly<Record<string, string>>
  /** Frames as one JPEG in base64; undefined where they cannot be shown, and then `unseen` says why. */
  readonly sheet?: string
  readonly unseen?: string
}

/** What a labelling page holds. */
export interface PageData {
  /** Tells this page from every other: labels are kept under it. */
  readonly key: string
  readonly name: string
  readonly judges: readonly string[]
  readonly judgements: readonly PageJudgement[]
}

/** What a person says: the observation supports the answer, it does not, or it is not to be said. */
export type Label = 'yes' | 'no' | 'unsure'

/** Labels by the place of their judgement, from 0. */
export type Labels = Readonly<Record<number, Label>>
