import type { ProblemType, VideoRecord } from '../../dataset/index.ts'
import type { AnswerReading } from '../score.ts'

/** What a record says of itself that scores are broken down by: `task`, `duration`, `domain`, `track`, … . */
export type Labels = Readonly<Record<string, string>>

/** What is special about a benchmark; everything else is read from its records. */
export interface Benchmark {
  /** As it is spelled for `--format`. */
  readonly name: string
  readonly title: string
  /** Its quirk in a sentence, as the command says it. */
  readonly quirk?: string
  /** Whether a record is one of it: by the folder of its clip, or by its source. */
  readonly holds: (record: VideoRecord) => boolean
  /** Labels that its records have beside those that are common. */
  readonly labels?: (record: VideoRecord) => Labels
  /** Types that its accuracy is over; all but regression when not given. */
  readonly counted?: readonly ProblemType[]
  /** Its overall score is the mean of mean relative accuracy and accuracy. */
  readonly halves?: true
  /** How its answers are read; `tags` when not given. */
  readonly reading?: AnswerReading
}

/** Whether a clip lies in a folder of that name. */
export const inFolder =
  (name: string) =>
  ({ path }: VideoRecord): boolean =>
    path.split('/').includes(name)

/** A field of the file that is a text or a number, as text; nothing else. */
export const fieldOf = ({ extra }: VideoRecord, name: string): string | undefined => {
  const value = extra !== undefined && Object.hasOwn(extra, name) ? extra[name] : undefined
  return typeof value === 'string' && value.trim() !== ''
    ? value.trim()
    : typeof value === 'number'
      ? String(value)
      : undefined
}
