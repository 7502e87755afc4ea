import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../../dataset/index.ts'
import { type Fault, fault } from '../../flow/index.ts'
import type { Clip, Frames } from '../../media/index.ts'
import type { EvaluatedPolicy } from '../policies/policy.ts'
import { examinationPrompt } from '../prompts.ts'
import { type Score, scoreOutput } from '../score.ts'
import { outputParts } from '../segments.ts'

/**
 * What the reader of an examination is given (arXiv 2511.11113, Table 5): the clip or not, and the observation of the policy that is
 * examined or not.
 */
export const conditions = ['clip', 'clip+observation', 'text', 'text+observation'] as const
/** One of the four. */
export type Condition = (typeof conditions)[number]

/** What the reader answered under one condition. */
export interface Examined {
  readonly output: string
  readonly score: Score
}

/** Who reads, and what of the table is measured. */
export interface ExaminationOptions<R extends VideoRecord = VideoRecord> {
  /** The model that answers; in the paper Qwen2.5-VL-7B, whoever is examined. */
  readonly reader: EvaluatedPolicy<R>
  /** All four when not given; those with the clip need frames. */
  readonly conditions?: readonly Condition[]
  /** `examinationPrompt` when not given. */
  readonly prompt?: (record: R, observation?: string) => string
  /** `scoreOutput()` when not given. */
  readonly score?: (record: R, output: string) => E.Either<Fault, Score>
}

/** What of a record the reader may be shown. */
export interface Shown {
  readonly clip?: Clip
  readonly frames?: Frames
}

const lacking = (tag: 'NoObservation' | 'NoFrames', id: string, what: string, remedy: string): Fault =>
  fault(tag, `record ${id}: ${what}`, remedy)

/** The answers of the reader to one record, by condition. */
export type Answers = Readonly<Partial<Record<Condition, Examined>>>

/**
 * Examines what one output observed: the reader answers the question under each condition, one after the other. `perceptionExamination`
 * is the operator. Left: `NoObservation`, `NoFrames`, the faults of the reader and of scoring.
 */
export const examine =
  <R extends VideoRecord = VideoRecord>({
    reader,
    conditions: wanted = conditions,
    prompt = examinationPrompt,
    score = scoreOutput(),
  }: ExaminationOptions<R>) =>
  (record: R, output: string, shown: Shown, signal: AbortSignal): TE.TaskEither<Fault, Answers> => {
    const { observation } = outputParts(output)
    const one = (condition: Condition): TE.TaskEither<Fault, readonly [Condition, Examined]> => {
      const [withClip, withText] = [condition.startsWith('clip'), condition.endsWith('observation')]
      if (withText && observation === undefined)
        return TE.left(
          lacking('NoObservation', record.id, 'its output has no observation segment', 'It is left out of the share.'),
        )
      if (withClip && shown.frames === undefined)
        return TE.left(
          lacking(
            'NoFrames',
            record.id,
            'there are no frames to show',
            'Give `media`, or the conditions with text alone.',
          ),
        )
      const seen = withText ? observation : undefined
      const question = {
        ...{ record, prompt: prompt(record, seen) },
        ...(withClip ? shown : {}),
        ...(seen === undefined ? {} : { observation: seen }),
      }
      return F.pipe(
        reader.answer(question, signal),
        TE.flatMapEither(text =>
          E.map((scored: Score) => [condition, { output: text, score: scored }] as const)(score(record, text)),
        ),
      )
    }
    return F.pipe(
      wanted,
      TE.traverseSeqArray(one),
      TE.map(found => Object.fromEntries(found)),
    )
  }
