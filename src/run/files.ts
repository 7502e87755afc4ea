import { isAbsolute, join, relative, resolve } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import { type Digest, digestOf } from './digest.ts'
import { cannotRead, isMissing, type RunFault, runFault } from './fault.ts'

/** Digests of files, by path: inside the run's folder relative to it, so that the folder may be moved. */
export type Files = Readonly<Record<string, Digest>>

const nameIn = (directory: string, path: string): string => {
  const inside = relative(resolve(directory), resolve(path))
  return inside.startsWith('..') || isAbsolute(inside) ? resolve(path) : inside
}

const placeOf = (directory: string, name: string): string => (isAbsolute(name) ? name : join(directory, name))

/** Digests of files as they are now. Left: `CannotRead`. */
export const filesNow = (directory: string, paths: readonly string[]): TE.TaskEither<RunFault, Files> =>
  TE.map((all: readonly (readonly [string, Digest])[]) => Object.fromEntries(all))(
    TE.traverseSeqArray((path: string) =>
      TE.tryCatch(async () => [nameIn(directory, path), await digestOf(path)] as const, cannotRead(path)),
    )(paths),
  )

const changed = (path: string, what: string): RunFault =>
  runFault('DataChanged', `${path} ${what}`, 'Put it back as it was, or start a new run with another --out.')

const inOne = (path: string, { bytes, sha256 }: Digest, now: Digest): RunFault | undefined => {
  if (now.bytes !== bytes) return changed(path, `has ${now.bytes} bytes, and had ${bytes} when the run used it`)
  return now.sha256 === sha256
    ? undefined
    : changed(
        path,
        `is not the file that the run used: its sha-256 begins with ${now.sha256.slice(0, 12)}, not ${sha256.slice(0, 12)}`,
      )
}

/** Whether files are as they were. Left: `DataChanged` names the first that is gone or another; `CannotRead`. */
export const checkFiles =
  (directory: string, files: Files): TE.TaskEither<RunFault, void> =>
  async () => {
    for (const [name, digest] of Object.entries(files)) {
      const path = placeOf(directory, name)
      try {
        const wrong = inOne(path, digest, await digestOf(path))
        if (wrong !== undefined) return E.left(wrong)
      } catch (error) {
        return E.left(
          isMissing(error) ? changed(path, `is gone; it had ${digest.bytes} bytes`) : cannotRead(path)(error),
        )
      }
    }
    return E.right(undefined)
  }

/** The digests of some of the files. */
export const filesOf = (directory: string, files: Files, paths: readonly string[]): Files => {
  const names = new Set(paths.map(path => nameIn(directory, path)))
  return Object.fromEntries(Object.entries(files).filter(([name]) => names.has(name)))
}
