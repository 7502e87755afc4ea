import { createHash } from 'node:crypto'
import { function as F, taskEither as TE } from 'fp-ts'
import { singleFlight } from '../flow/index.ts'
import { teacherFault } from './fault.ts'
import { keptAnswers } from './kept.ts'
import { unbilled } from './spent.ts'
import type { Answer, Question, Teacher, TeacherFault } from './types.ts'

/**
 * The name of a question's answer: SHA-256 over the teacher's name and settings, the prompt, the attempt, every byte of the
 * frames and the address of the video: over all that changes an answer.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { questionKey } from 'kinograd/teacher'
 *
 * const brief = { name: 'claude', settings: '{"max_tokens":10}' }
 * assert.notEqual(questionKey(brief, { prompt: 'Who?' }), questionKey(brief, { prompt: 'Who?', attempt: 1 }))
 * assert.notEqual(questionKey(brief, { prompt: 'Who?' }), questionKey({ name: 'claude' }, { prompt: 'Who?' }))
 * ```
 */
export const questionKey = (
  { name, settings = '' }: Pick<Teacher, 'name' | 'settings'>,
  { prompt, frames, video, attempt = 0 }: Question,
): string => {
  const hash = createHash('sha256').update(JSON.stringify([name, settings, prompt, attempt]))
  if (frames !== undefined) {
    const { count, height, width, data } = frames
    hash.update(JSON.stringify([count, height, width])).update(data.subarray(0, count * height * width * 3))
  }
  if (video !== undefined) hash.update(JSON.stringify(video))
  return hash.digest('hex')
}

/** An answer that nobody was asked for anew. */
const free = (text: string): Answer => ({ text, usage: unbilled })

/**
 * Remembers answers on disk, so that a resumed run pays for none twice. Content-addressed, one file an answer, written
 * whole and renamed; a damaged file counts as absent and is written again. An answer from the cache has usage 0. Only
 * answers are kept, never faults; one that another teacher gave is refused (`BadCache`). Questions that are alike and asked at the same time are asked once.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, rm } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { taskEither as TE } from 'fp-ts'
 * import { cachedAnswers, metered, type Teacher } from 'kinograd/teacher'
 *
 * const usage = { inputTokens: 5, outputTokens: 1 }
 * const meter = metered({ name: 'one', ask: () => TE.right({ text: 'one', usage }) })
 * const folder = await mkdtemp(join(tmpdir(), 'answers-'))
 * const teacher: Teacher = cachedAnswers(meter.teacher, folder)
 * for (let i = 0; i < 3; i++) await teacher.ask({ prompt: 'How many?' }, new AbortController().signal)()
 * assert.equal(meter.spent().answers, 1)
 * await rm(folder, { recursive: true })
 * ```
 */
export const cachedAnswers = (teacher: Teacher, directory: string): Teacher => {
  const flights = singleFlight<TeacherFault, Answer>()
  const cancelled = teacherFault('Cancelled', `${teacher.name}: cancelled`, '')
  const kept = keptAnswers(teacher.name, directory)
  const find = (key: string, question: Question, signal: AbortSignal): TE.TaskEither<TeacherFault, Answer> =>
    F.pipe(
      kept.find(key),
      TE.flatMap(text =>
        text !== undefined
          ? TE.right<TeacherFault, Answer>(free(text))
          : F.pipe(
              teacher.ask(question, signal),
              TE.tap(answer => kept.keep(key, answer.text)),
            ),
      ),
    )
  return {
    ...teacher,
    ask: (question, signal) => {
      const key = questionKey(teacher, question)
      return F.pipe(
        flights(key, own => find(key, question, own), { signal, cancelled }),
        TE.map(({ value, joined }) => (joined ? free(value.text) : value)),
      )
    },
  }
}
