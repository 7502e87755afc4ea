import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type Fault, fault, messageOf } from '../../../flow/index.ts'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Shortest key that is taken. */
const shortest = 16

/** Reads keys from a file, one a line. Left: `NoKey`, which never says what the file holds. */
export const readKeys = (path: string): TE.TaskEither<Fault<'NoKey'>, readonly string[]> =>
  F.pipe(
    TE.tryCatch(
      () => readFile(path, 'utf8'),
      error =>
        fault('NoKey', `the file of keys cannot be read: ${messageOf(error)}`, 'Give a file with one key a line.'),
    ),
    TE.flatMapEither(text => {
      const keys = text
        .split('\n')
        .map(line => line.trim())
        .filter(line => line !== '')
      return keys.length > 0 && keys.every(key => key.length >= shortest)
        ? E.right(keys)
        : E.left(
            fault(
              'NoKey',
              `${path} has ${keys.length} keys, each must have at least ${shortest} characters`,
              'Write one key a line, such as openssl rand -hex 24 prints.',
            ),
          )
    }),
  )

/** Says whether a key is one of those, in a time that tells nothing of them. Without keys, everybody may come in. */
export const keyCheck = (keys: readonly string[]): ((given: string | undefined) => boolean) => {
  const known = keys.map(digest)
  return given => {
    const asked = digest(given ?? '')
    return known.length === 0 || known.map(key => timingSafeEqual(key, asked)).includes(true)
  }
}
