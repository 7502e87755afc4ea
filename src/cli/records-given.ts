import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { parse } from 'yaml'
import { type FieldMap, fieldMapSettings, sortParts } from '../dataset/index.ts'
import { type Fault, fault, messageOf } from '../flow/index.ts'

/** A fault of any tag. */
const wrong: (tag: string, cause: string, remedy: string) => Fault = fault

const usage = (cause: string, remedy: string): E.Either<Fault, never> => E.left(fault('Usage', cause, remedy))

/** A budget as it is spelled: dollars. Left: `Usage`. */
export const budgetOf = (text: string | undefined): E.Either<Fault, number | undefined> => {
  if (text === undefined) return E.right(undefined)
  const dollars = text.trim() === '' ? Number.NaN : Number(text.replace(/^\$/, ''))
  return Number.isFinite(dollars) && dollars >= 0
    ? E.right(dollars)
    : usage(`--budget is ${text}`, 'Give dollars, such as 12.50.')
}

const dataFile = /\.(?:jsonl?|ndjson|csv|parquet)(?:\.gz)?$/i

/** The files of a data set: a file, or all files of records in a folder. */
export const filesOf = (path: string): TE.TaskEither<Fault, readonly string[]> =>
  TE.tryCatch(
    async () => {
      if (!(await stat(path)).isDirectory()) return [path]
      const names = (await readdir(path)).filter(name => dataFile.test(name))
      if (names.length === 0) throw new Error('the folder holds no file of records')
      return sortParts(names.map(name => join(path, name)))
    },
    error => wrong('NoFile', `${path} cannot be opened: ${messageOf(error)}`, 'Check the path and its permissions.'),
  )

/** Whether a root is a folder. Left: `NoFile`. */
export const isFolder = (path: string): TE.TaskEither<Fault, void> =>
  F.pipe(
    TE.tryCatch(
      () => stat(path),
      error =>
        wrong(
          'NoFile',
          `the root ${path} cannot be opened: ${messageOf(error)}`,
          'Name the folder of the media with --root.',
        ),
    ),
    TE.filterOrElse(
      found => found.isDirectory(),
      () => wrong('NoFile', `the root ${path} is no folder`, 'Name the folder of the media with --root.'),
    ),
    TE.map(() => undefined),
  )

/** The field map of a file. Left: `Usage`. */
export const fieldsOf = (path: string | undefined): TE.TaskEither<Fault, FieldMap | undefined> =>
  path === undefined
    ? TE.right(undefined)
    : F.pipe(
        TE.tryCatch(
          async (): Promise<unknown> => parse(await readFile(path, 'utf8')),
          error =>
            wrong('Usage', `the field map ${path} cannot be read: ${messageOf(error)}`, 'Name a JSON or YAML file.'),
        ),
        TE.flatMapEither(value =>
          E.mapLeft(() =>
            fault(
              'Usage',
              `${path} is no field map`,
              'Write our field and where it stands: {"problem": "q", "path": "video"}.',
            ),
          )(fieldMapSettings.decode(value)),
        ),
      )
