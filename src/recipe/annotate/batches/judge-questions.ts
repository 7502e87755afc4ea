import type { VideoRecord } from '../../../dataset/index.ts'
import { judge, type Question, type Teacher, type TeacherFault, vote } from '../../../teacher/index.ts'
import { preferStructured } from '../../judging/structured.ts'

const unanswered: TeacherFault = { _tag: 'Cancelled', cause: 'nobody answers here', remedy: '' }

/**
 * The questions that a judge will ask first of all about an observation, one a vote, to the letter as `openTeachers` lets it ask: they
 * can be asked beforehand, and the judge then finds the answers where they are kept.
 */
export const judgeQuestions = async (
  { votes, structured }: { readonly votes: number; readonly structured: boolean },
  request: { readonly record: VideoRecord; readonly observation: string },
): Promise<readonly Question[]> => {
  const questions: Question[] = []
  const listening: Teacher = {
    name: 'nobody',
    ask: question => {
      questions.push(question)
      return () => Promise.resolve({ _tag: 'Left', left: unanswered })
    },
  }
  const asked = structured ? preferStructured(listening, listening, () => undefined) : listening
  await vote(judge(asked, { timeoutMs: Number.POSITIVE_INFINITY }), votes).judge(
    request,
    new AbortController().signal,
  )()
  return questions
}
