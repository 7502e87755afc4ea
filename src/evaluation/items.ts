import type { Score } from './score.ts'

/** Which stage adds which of the fields below: what the compiler says where one is missing. */
declare module '../flow/needs.ts' {
  interface AddedBy {
    output: 'evaluate'
    score: 'evaluate'
    mismatch: 'thinkAnswerMismatch'
    faithful: 'faithfulness'
    adherence: 'templateAdherence'
    examined: 'perceptionExamination'
  }
}

/** The whole text that a policy answered with. */
export interface HasOutput {
  readonly output: string
}

/** What was read of that text, and what it scores. */
export interface HasScore {
  readonly score: Score
}
