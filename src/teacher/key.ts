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

/** Takes a key out of a text, also where it stands as part of an address or of JSON. Short words that serve as keys stay. */
export const hidesKey = (key: string): ((text: string) => string) => {
  const forms = key.length < 8 ? [] : [...new Set([key, encodeURIComponent(key), JSON.stringify(key).slice(1, -1)])]
  return text => forms.reduce((hidden, form) => hidden.replaceAll(form, '[secret]'), text)
}
