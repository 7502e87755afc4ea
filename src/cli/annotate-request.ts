import { basename, dirname, resolve } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { formatNamed, readDataset, type VideoRecord } from '../dataset/index.ts'
import { type Fault, fault, messageOf } from '../flow/index.ts'
import { readPrices, readPrompt } from '../recipe/index.ts'
import { digestOf, type Given } from '../run/index.ts'
import { readTeacherName } from '../teacher/index.ts'
import type { annotateFlags } from './annotate-flags.ts'
import { budgetOf, fieldsOf, filesOf, isFolder } from './records-given.ts'

type AnnotateFlags = Given<typeof annotateFlags>

const usage = (cause: string, remedy: string): E.Either<Fault, never> => E.left(fault('Usage', cause, remedy))

const needed = (name: 'teacher' | 'judge' | 'out', value: string | undefined): E.Either<Fault, string> =>
  value === undefined ? usage(`--${name} is missing`, 'See kinograd annotate --help.') : E.right(value)

const named = (flag: string, text: string): E.Either<Fault, string> =>
  F.pipe(
    readTeacherName(text),
    E.bimap(
      given => ({ ...given, cause: `--${flag}: ${given.cause}` }),
      () => text,
    ),
  )

/** What is the same whenever an annotation goes on. */
const identity = async (flags: AnnotateFlags, files: readonly string[]): Promise<object> => {
  const { teacher, judge, format, frames = 16, pixels = 200_704, threshold = 0.6, votes = 1, sample, seed = 1 } = flags
  const records = await Promise.all(files.map(async path => ({ file: basename(path), ...(await digestOf(path)) })))
  const text = async (path: string | undefined) => (path === undefined ? null : (await digestOf(path)).sha256)
  return {
    ...{
      records,
      teacher,
      judge,
      frames,
      pixels,
      threshold,
      votes,
      maxTokens: flags['max-tokens'] ?? 2048,
      batch: flags.batch,
    },
    ...{ format: format ?? null, fields: await text(flags.fields), prompt: await text(flags.prompt) },
    ...(sample === undefined ? {} : { sample, seed, limit: flags.limit ?? null }),
  }
}

const asUsage = <A>(read: E.Either<Fault, A>): E.Either<Fault, A> =>
  E.mapLeft((given: Fault): Fault => ({ ...given, _tag: 'Usage' }))(read)

/** Flags that need no file to be checked. Left: `Usage`. */
const words = (flags: AnnotateFlags, at: (path: string) => string) =>
  F.pipe(
    E.Do,
    E.bind('teacher', () =>
      F.pipe(
        needed('teacher', flags.teacher),
        E.flatMap(text => named('teacher', text)),
      ),
    ),
    E.bind('judge', () =>
      F.pipe(
        needed('judge', flags.judge),
        E.flatMap(text => named('judge', text)),
      ),
    ),
    E.bind('out', () => E.map(at)(needed('out', flags.out))),
    E.bind('budget', () => budgetOf(flags.budget)),
    E.tap(() =>
      (flags.votes ?? 1) % 2 === 1
        ? E.right(undefined)
        : usage(`--votes is ${flags.votes}`, 'Give an odd number, so that there is no tie.'),
    ),
    E.tap(({ teacher, judge }) =>
      flags.batch && !/^claude:/.test(teacher.trim()) && !/^claude:/.test(judge.trim())
        ? usage(
            '--batch is given and neither teacher nor judge is Claude',
            'Other servers are asked live: see --in-flight.',
          )
        : E.right(undefined),
    ),
    E.tap(() => (flags.format === undefined ? E.right(undefined) : asUsage(formatNamed(flags.format)))),
  )

/** What was asked for on the command line, read and checked as far as nothing is asked or written. */
export const readRequest = (flags: AnnotateFlags, recordsGiven: string, cwd: string) => {
  const at = (path: string) => resolve(cwd, path)
  const file = (path: string | undefined) => (path === undefined ? undefined : at(path))
  const placed = { ...flags, fields: file(flags.fields), prompt: file(flags.prompt) }
  const path = at(recordsGiven)
  return F.pipe(
    TE.fromEither(words(flags, at)),
    TE.bind('files', () => filesOf(path)),
    TE.bind('fields', () => fieldsOf(placed.fields)),
    TE.bind('prompt', () =>
      placed.prompt === undefined
        ? TE.right<Fault, undefined | ((record: VideoRecord) => string)>(undefined)
        : readPrompt(placed.prompt),
    ),
    TE.bind('prices', () => readPrices(file(flags.prices))),
    TE.let('root', () => file(flags.root) ?? dirname(path)),
    TE.tap(({ root }) => isFolder(root)),
    TE.bind('settings', ({ files }) =>
      TE.tryCatch(
        () => identity(placed, files),
        (error): Fault => fault('NoFile', `${recordsGiven} cannot be read: ${messageOf(error)}`, 'Check the path.'),
      ),
    ),
    TE.let('records', ({ files, fields }) =>
      readDataset(files, {
        ...(flags.format === undefined ? {} : { format: flags.format }),
        ...(fields === undefined ? {} : { fields }),
      }),
    ),
  )
}

/** The request as it was read. */
export type AnnotateRequest = Extract<
  Awaited<ReturnType<ReturnType<typeof readRequest>>>,
  { readonly _tag: 'Right' }
>['right']
