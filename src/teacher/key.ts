import { either as E } from 'fp-ts'
import { teacherFault } from './fault.ts'
import type { TeacherFault } from './types.ts'

/** A key as the environment or a file gives it, without the white space, line end and quotes around it. */
export const plainKey = (given: string | undefined): string =>
  (given ?? '')
    .trim()
    .replace(/^(["'])(.*)\1$/s, '$2')
    .trim()

/** A key that can stand in a header. Left: `NoKey`; it never shows the key. */
export const usableKey = (who: string, variable: string, given: string | undefined): E.Either<TeacherFault, string> => {
  const key = plainKey(given)
  if (key === '')
    return E.left(
      teacherFault('NoKey', `${who} needs a key and ${variable} is not set`, 'Set it, or use the scripted teacher.'),
    )
  return /^[\x21-\x7e]+$/.test(key)
    ? E.right(key)
    : E.left(
        teacherFault('NoKey', `the key for ${who} holds a character that no key has`, `Copy it anew into ${variable}.`),
      )
}
