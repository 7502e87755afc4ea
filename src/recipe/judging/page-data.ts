import type { Judgement } from './judgement.ts'

/** One judgement as the labelling page shows it: without what a person said before. */
export interface PageJudgement extends Omit<Judgement, 'human' | 'note'> {
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
