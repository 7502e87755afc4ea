import type { DataType, ProblemType, VideoRecord } from '../../dataset/index.ts'
import type { Trace } from './traced.ts'

/** What a judge said of a chain, with all that a person needs to say it as well. */
export interface JudgementLine {
  /** The record's place among all, counted from 0. */
  readonly at: number
  readonly id: string
  readonly question: string
  readonly options: readonly string[]
  /** The right answer. */
  readonly answer: string
  readonly observation: string
  readonly path: string
  readonly data_type: DataType
  readonly problem_type: ProblemType
  /** By the judge's name; null where its answer could not be read. */
  readonly verdicts: Readonly<Record<string, boolean | null>>
  /** By the judge's name, where it gave any. */
  readonly reasons?: Readonly<Record<string, string>>
}

/** The line of a record's judgement; undefined where none was asked for. */
export const judgementLine = (
  at: number,
  record: VideoRecord,
  judge: string,
  { observation, judged }: Trace,
): JudgementLine | undefined =>
  observation === undefined || judged === undefined
    ? undefined
    : {
        ...{ at, id: record.id, question: record.problem, options: record.options, answer: record.answer },
        ...{ observation, path: record.path, data_type: record.dataType, problem_type: record.problemType },
        verdicts: { [judge]: judged?.sufficient ?? null },
        ...(judged?.reason === undefined ? {} : { reasons: { [judge]: judged.reason } }),
      }
