import { either as E, function as F } from 'fp-ts'
import type { VideoRecord } from 'kinograd/dataset'
import type { Fault } from 'kinograd/flow'
import type { GradedAnswer } from 'kinograd/recipe'
import { accuracy, taggedAnswer } from 'kinograd/reward'
import type { Rollout } from 'kinograd/stages'
import { faithful, mismatch, sufficient } from './world/index.ts'

/** Grades one completion: accuracy by type, whether the observation suffices, whether the answer follows from it. */
export const gradeOf = (
  record: VideoRecord,
  { text, processes }: Rollout<string, string>,
): E.Either<Fault, GradedAnswer> => {
  const answer = taggedAnswer(text)
  const observation = processes.perception?.observation
  return F.pipe(
    accuracy()(record.problemType)(answer, record.answer, { options: record.options }),
    E.map(score => ({
      accuracy: score,
      sufficient: observation !== undefined && sufficient(record, observation),
      faithful: observation !== undefined && faithful(record, observation, answer),
      wellFormed: Object.values(processes).every(texts => texts !== null),
      mismatch: mismatch(processes.reasoning?.think ?? '', answer),
    })),
  )
}
