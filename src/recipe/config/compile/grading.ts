import { function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../../../dataset/index.ts'
import { mismatchOf } from '../../../evaluation/index.ts'
import type { Fault } from '../../../flow/index.ts'
import type { Template } from '../../../process/index.ts'
import { accuracy } from '../../../reward/index.ts'
import type { Rollout } from '../../../stages/index.ts'
import { type Judge, judgementOf } from '../../../teacher/index.ts'
import type { ChainTags } from '../../annotation.ts'
import type { GradedAnswer, Grader } from '../../grading.ts'
import { answerIn } from './rewards.ts'

/** What answers are graded with. */
export interface GraderParts {
  readonly template: Template<string>
  readonly tags: ChainTags<string>
  /** Says whether the observation suffices; nothing is said of it without one. */
  readonly judge?: Judge
}

const processOf = ({ segments }: Template<string>, tag: string): string =>
  segments.find(one => one.tag === tag)?.process ?? ''

/** Whether the observation suffices; nothing where there is no judge, or where it could not be told. */
const sufficiencyOf = (
  { template, tags: { observation: tag }, judge }: GraderParts,
  record: VideoRecord,
  { processes }: Rollout<string, string>,
  signal: AbortSignal,
): TE.TaskEither<Fault, Pick<GradedAnswer, 'sufficient'>> => {
  if (judge === undefined || tag === undefined) return TE.right({})
  const observation = processes[processOf(template, tag)]?.[tag] ?? null
  if (observation === null) return TE.right({ sufficient: false })
  return TE.map((judged: { readonly sufficient: boolean } | null) =>
    judged === null ? {} : { sufficient: judged.sufficient },
  )(judgementOf(judge)({ record, observation }, signal))
}

const measureMismatch = mismatchOf()

/** Whether a choice is another than its thinking settles on, by rules; nothing where there is no choice or no thinking. */
const mismatchFor = (
  { template, tags: { think: tag } }: GraderParts,
  record: VideoRecord,
  { processes }: Rollout<string, string>,
  answer: string,
  signal: AbortSignal,
): TE.TaskEither<Fault, Pick<GradedAnswer, 'mismatch'>> => {
  const thought = tag === undefined ? undefined : processes[processOf(template, tag)]?.[tag]
  if (record.problemType !== 'multiple choice' || thought === undefined) return TE.right({})
  return TE.map(({ differs }: { readonly differs: boolean }) => ({ mismatch: differs }))(
    measureMismatch(record, { think: thought, answer }, signal),
  )
}

/** Grades an answer by the metric of its problem type, its form, what the judge says of its observation, and its thinking. */
export const graderOf =
  (parts: GraderParts): Grader<string, string> =>
  (record, rollout, signal) => {
    const { template, tags } = parts
    const answer = answerIn(processOf(template, tags.answer), tags.answer)(rollout)
    return F.pipe(
      TE.fromEither<Fault, number>(accuracy()(record.problemType)(answer, record.answer, { options: record.options })),
      TE.bindTo('accuracy'),
      TE.bind('seen', () => sufficiencyOf(parts, record, rollout, signal)),
      TE.bind('thought', () => mismatchFor(parts, record, rollout, answer, signal)),
      TE.map(({ accuracy: scored, seen, thought }) => ({
        accuracy: scored,
        wellFormed: Object.values(rollout.processes).every(texts => texts !== null),
        ...seen,
        ...thought,
      })),
    )
  }
