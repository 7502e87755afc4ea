import { either as E, function as F } from 'fp-ts'
import type { VideoRecord } from 'kinograd/dataset'
import type { Fault } from 'kinograd/flow'
import { accuracy, taggedAnswer } from 'kinograd/reward'
import type { Grade, Rollout } from 'kinograd/stages'
import type { Process, Tag } from './pipeline.ts'
import { faithful, mismatch, sufficient } from './world/index.ts'

/** Grades one completion: accuracy by type, whether the observation suffices, whether the answer follows from it. */
export const gradeOf = (record: VideoRecord, { text, processes }: Rollout<Process, Tag>): E.Either<Fault, Grade> => {
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
