import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { either as E } from 'fp-ts'
import * as t from 'io-ts'
import { questionKey, type Teacher, type TeacherFault } from '../../teacher/index.ts'
import { parseJson } from '../../untrusted/index.ts'

const kept = t.type({
  teacher: t.string,
  tag: t.keyof({ Refused: null, Truncated: null }),
  cause: t.string,
  remedy: t.string,
})

/** A fault that was billed and stays the same however often the same question is asked. */
const isPaid = ({ _tag, usage }: TeacherFault): boolean =>
  usage !== undefined && (_tag === 'Refused' || _tag === 'Truncated')

const placeOf = (directory: string, key: string): string => join(directory, key.slice(0, 2), `${key}.refusal.json`)

/** Writes down that a question was refused, or its answer cut; one that cannot be written is asked again. */
export const keepRefusal = (
  directory: string,
  teacher: string,
  key: string,
  { _tag: tag, cause, remedy }: TeacherFault,
): Promise<void> => {
  const path = placeOf(directory, key)
  return mkdir(dirname(path), { recursive: true })
    .then(() => writeFile(path, JSON.stringify({ teacher, tag, cause, remedy })))
    .catch(() => undefined)
}

/**
 * Remembers refusals and cut answers on disk, which are billed as answers are: an annotation that goes on pays for none twice.
 * One file a refusal, beside the answers of `cachedAnswers`; one that cannot be read counts as absent, one that cannot be
 * written is asked for again.
 */
export const keptRefusals = (teacher: Teacher, directory: string): Teacher => ({
  ...teacher,
  ask: (question, signal) => async () => {
    const key = questionKey(teacher, question)
    const text = await readFile(placeOf(directory, key), 'utf8').catch(() => '')
    const found = E.isRight(parseJson(text)) ? kept.decode(JSON.parse(text)) : undefined
    if (found !== undefined && E.isRight(found) && found.right.teacher === teacher.name) {
      const { tag, cause, remedy } = found.right
      return E.left({ _tag: tag, cause, remedy })
    }
    const answer = await teacher.ask(question, signal)()
    if (E.isLeft(answer) && isPaid(answer.left)) await keepRefusal(directory, teacher.name, key, answer.left)
    return answer
  },
})
