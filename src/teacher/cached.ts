import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { teacherFault } from './fault.ts'
import type { Answer, Question, Teacher, TeacherFault } from './types.ts'

const entry = t.type({ teacher: t.string, text: t.string })

/** The name of a question's answer: SHA-256 over teacher, prompt, attempt and every byte of the frames. */
export const questionKey = (teacher: string, { prompt, frames, attempt = 0 }: Question): string => {
  const hash = createHash('sha256').update(JSON.stringify([teacher, prompt, attempt]))
  if (frames !== undefined) {
    const { count, height, width, data } = frames
    hash.update(JSON.stringify([count, height, width])).update(data.subarray(0, count * height * width * 3))
  }
  return hash.digest('hex')
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const badCache =
  (path: string) =>
  (error: unknown): TeacherFault =>
    teacherFault('BadCache', `${path}: ${wordsOf(error)}`, 'Check permissions and free space, or use another cache.')

/**
 * Remembers answers on disk, so that a resumed run pays for none twice. Content-addressed, one file an answer, written
 * whole and renamed; a damaged file counts as absent and is written again. An answer from the cache has usage 0. Only
 * answers are kept, never faults.
 */
export const cached = (teacher: Teacher, directory: string): Teacher => ({
  name: teacher.name,
  ask: (question, signal) => {
    const key = questionKey(teacher.name, question)
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
          readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
            if (error.code === 'ENOENT') return ''
            throw error
          }),
        badCache(path),
      ),
      TE.flatMap(text => {
        const found = F.pipe(
          E.tryCatch(
            (): unknown => JSON.parse(text),
            () => undefined,
          ),
          E.flatMap(entry.decode),
        )
        return E.isRight(found)
          ? TE.right<TeacherFault, Answer>({ text: found.right.text, usage: { inputTokens: 0, outputTokens: 0 } })
          : F.pipe(teacher.ask(question, signal), TE.flatMap(keep))
      }),
    )
  },
})
