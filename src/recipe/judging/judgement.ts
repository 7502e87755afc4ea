/** What judges, and perhaps a person, say of one observation. */
export interface Judgement {
  readonly id: string
  readonly question: string
  readonly options: readonly string[]
  /** The right answer. */
  readonly answer: string
  readonly observation: string
  /** Medium as the data set writes it, and what it is; empty where the file does not say. */
  readonly path: string
  readonly dataType: string
  readonly problemType: string
  /** By the judge's name: whether the observation alone supports the answer; null where it gave no verdict. */
  readonly verdicts: Readonly<Record<string, boolean | null>>
  /** By the judge's name, where it gave any. */
  readonly reasons: Readonly<Record<string, string>>
  /** What a person said: null for unsure, undefined where nobody was asked. */
  readonly human: boolean | null | undefined
  readonly note: string
}
