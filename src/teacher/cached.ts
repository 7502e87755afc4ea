import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { codeOf, messageOf } from '../flow/index.ts'
import { parseJson } from '../untrusted/index.ts'
import { teacherFault } from './fault.ts'
import { sharedAsk } from './shared.ts'
import type { Answer, Question, Teacher, TeacherFault } from './types.ts'

const entry = t.type({ teacher: t.string, text: t.string })

/**
 * The name of a question's answer: SHA-256 over the teacher's name and settings, the prompt, the attempt and every byte of
 * the frames: over all that changes an answer.
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
  { prompt, frames, attempt = 0 }: Question,
): string => {
  const hash = createHash('sha256').update(JSON.stringify([name, settings, prompt, attempt]))
  if (frames !== undefined) {
    const { count, height, width, data } = frames
    hash.update(JSON.stringify([count, height, width])).update(data.subarray(0, count * height * width * 3))
  }
  return hash.digest('hex')
}

const badCache =
  (path: string) =>
  (error: unknown): TeacherFault =>
    teacherFault('BadCache', `${path}: ${messageOf(error)}`, 'Check permissions and free space, or use another cache.')

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
  const shared = sharedAsk(teacher.name)
  const find = (key: string, question: Question, signal: AbortSignal): TE.TaskEither<TeacherFault, Answer> => {
    const path = join(directory, key.slice(0, 2), `${key}.json`)
    const keep = (answer: Answer): TE.TaskEither<TeacherFault, Answer> =>
      TE.tryCatch(async () => {
        await mkdir(dirname(path), { recursive: true })
        const temporary = `${path}.${randomUUID()}.tmp`
        await writeFile(temporary, JSON.stringify({ teacher: teacher.name, text: answer.text }))
        await rename(temporary, path)
        return answer
      }, badCache(path))
    return F.pipe(
      TE.tryCatch(
        () =>
          readFile(path, 'utf8').catch((error: unknown) => {
            if (codeOf(error) === 'ENOENT') return ''
            throw error
          }),
        badCache(path),
      ),
      TE.flatMap(text => {
        const found = F.pipe(
          parseJson(text),
          E.mapLeft(() => undefined),
          E.flatMap(entry.decode),
        )
        if (E.isLeft(found)) return F.pipe(teacher.ask(question, signal), TE.flatMap(keep))
        return found.right.teacher === teacher.name
          ? TE.right<TeacherFault, Answer>({ text: found.right.text, usage: { inputTokens: 0, outputTokens: 0 } })
          : TE.left(
              teacherFault(
                'BadCache',
                `${path} holds an answer of ${JSON.stringify(found.right.teacher)}, asked is ${JSON.stringify(teacher.name)}`,
                'Remove that file, or use another folder.',
              ),
            )
      }),
    )
  }
  return {
    ...teacher,
    ask: (question, signal) => {
      const key = questionKey(teacher, question)
      return shared(key, own => find(key, question, own), signal)
    },
  }
}
