import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { codeOf, isFull, messageOf } from '../flow/index.ts'
import { parseJson } from '../untrusted/index.ts'
import { teacherFault } from './fault.ts'
import type { TeacherFault } from './types.ts'

const entry = t.type({ teacher: t.string, text: t.string })

/** What a file that cannot be read or written becomes: `NoSpace` where the disk is full, else the tag that is given. */
export const fileFault =
  (path: string, tag: 'BadCache' | 'BadJournal') =>
  (error: unknown): TeacherFault =>
    isFull(error)
      ? teacherFault(
          'NoSpace',
          `${path} cannot be written: the disk is full (${codeOf(error)})`,
          'Free some space and go on; what was paid for is kept.',
        )
      : teacherFault(tag, `${path}: ${messageOf(error)}`, 'Check permissions and free space, or use another folder.')

/** Answers of one teacher in a folder, by the key of their question. */
export interface KeptAnswers {
  /** Undefined where there is none, or a damaged one. Left: `BadCache`, also for an answer of another teacher. */
  readonly find: (key: string) => TE.TaskEither<TeacherFault, string | undefined>
  /** Written whole and renamed. Left: `BadCache`, `NoSpace`. */
  readonly keep: (key: string, text: string) => TE.TaskEither<TeacherFault, void>
}

/**
 * Opens a folder of answers, which need not be there yet: one file an answer, in 256 folders. `cachedAnswers` and `claudeBatches` keep
 * theirs so; who knows the key of a question (`questionKey`) finds its answer without asking.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, rm } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { keptAnswers, questionKey } from 'kinograd/teacher'
 *
 * const folder = await mkdtemp(join(tmpdir(), 'answers-'))
 * const [kept, key] = [keptAnswers('mine', folder), questionKey({ name: 'mine' }, { prompt: 'How many?' })]
 * await kept.keep(key, 'three')()
 * assert.deepEqual(await kept.find(key)(), E.right('three'))
 * await rm(folder, { recursive: true })
 * ```
 */
export const keptAnswers = (teacher: string, directory: string): KeptAnswers => {
  const place = (key: string): string => join(directory, key.slice(0, 2), `${key}.json`)
  const checked = (path: string, text: string): E.Either<TeacherFault, string | undefined> => {
    const found = F.pipe(
      parseJson(text),
      E.mapLeft(() => undefined),
      E.flatMap(entry.decode),
    )
    if (E.isLeft(found)) return E.right(undefined)
    return found.right.teacher === teacher
      ? E.right(found.right.text)
      : E.left(
          teacherFault(
            'BadCache',
            `${path} holds an answer of ${JSON.stringify(found.right.teacher)}, asked is ${JSON.stringify(teacher)}`,
            'Remove that file, or use another folder.',
          ),
        )
  }
  const read = (path: string): Promise<string> =>
    readFile(path, 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return ''
      throw error
    })
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(path), { recursive: true })
    const temporary = `${path}.${randomUUID()}.tmp`
    try {
      await writeFile(temporary, JSON.stringify({ teacher, text }))
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }
  return {
    find: key => {
      const path = place(key)
      return F.pipe(
        TE.tryCatch(() => read(path), fileFault(path, 'BadCache')),
        TE.flatMapEither(text => checked(path, text)),
      )
    },
    keep: (key, text) => TE.tryCatch(() => write(place(key), text), fileFault(place(key), 'BadCache')),
  }
}
