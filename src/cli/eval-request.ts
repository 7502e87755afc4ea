import { basename, dirname, resolve } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { readDataset, type VideoRecord } from '../dataset/index.ts'
import {
  type FormatOrBenchmark,
  formatOrBenchmark,
  readPolicyName,
  resultsFile,
  videoP2RPrompt,
  videoR1Prompt,
} from '../evaluation/index.ts'
import { type Fault, fault, messageOf } from '../flow/index.ts'
import { digestOf, type Given } from '../run/index.ts'
import { readPrices, readPrompt, readTeacherName } from '../teacher/index.ts'
import type { evalFlags } from './eval-flags.ts'
import { budgetOf, fieldsOf, filesOf, isFolder } from './records-given.ts'

/** The flags as they were given. */
export type EvalFlags = Given<typeof evalFlags>

const usage = (cause: string, remedy: string): E.Either<Fault, never> => E.left(fault('Usage', cause, remedy))

const needed = (name: 'policy' | 'out', value: string | undefined): E.Either<Fault, string> =>
  value === undefined ? usage(`--${name} is missing`, 'See kinograd eval --help.') : E.right(value)

/** A number of sampling within bounds; null for none. */
const sampled = (
  name: 'temperature' | 'top-p',
  text: string | undefined,
  most: number,
): E.Either<Fault, number | null | undefined> => {
  if (text === undefined || text === 'none') return E.right(text === undefined ? undefined : null)
  const number = text.trim() === '' ? Number.NaN : Number(text)
  return number >= 0 && number <= most
    ? E.right(number)
    : usage(`--${name} is ${text}`, `Give a number from 0 to ${most}, or none.`)
}

const judgeNamed = (text: string | undefined): E.Either<Fault, string | undefined> =>
  text === undefined
    ? E.right(undefined)
    : F.pipe(
        readTeacherName(text),
        E.mapLeft((wrong): Fault => ({ ...wrong, cause: `--judge: ${wrong.cause}` })),
        E.flatMap(({ kind }) =>
          kind === 'scripted'
            ? usage('--judge names a script', 'Name claude:MODEL or openai:BASE_URL#MODEL, or leave it away for rules.')
            : E.right(text),
        ),
      )

/** Flags that need no file to be checked. Left: `Usage`. */
const words = (flags: EvalFlags) =>
  F.pipe(
    E.Do,
    E.bind('policy', () =>
      F.pipe(
        needed('policy', flags.policy),
        E.tap(text =>
          E.mapLeft((wrong: Fault): Fault => ({ ...wrong, cause: `--policy: ${wrong.cause}` }))(readPolicyName(text)),
        ),
      ),
    ),
    E.bind('out', () => needed('out', flags.out)),
    E.bind('temperature', () => sampled('temperature', flags.temperature, 2)),
    E.bind('topP', () => sampled('top-p', flags['top-p'], 1)),
    E.bind('judge', () => judgeNamed(flags.judge)),
    E.bind('budget', () => budgetOf(flags.budget)),
    E.bind(
      'named',
      (): E.Either<Fault, FormatOrBenchmark> =>
        flags.format === undefined
          ? E.right({})
          : E.mapLeft((wrong: Fault): Fault => ({ ...wrong, _tag: 'Usage' }))(formatOrBenchmark(flags.format)),
    ),
    E.tap(() =>
      flags.format !== undefined && flags.fields !== undefined
        ? usage('--format and --fields are both given', 'A file is read by one of them.')
        : E.right(undefined),
    ),
  )

type Asking = (record: VideoRecord) => string

const promptOf = (name: string | undefined, at: (path: string) => string): TE.TaskEither<Fault, Asking> => {
  if (name === undefined || name === 'video-r1') return TE.right(videoR1Prompt)
  return name === 'videop2r' ? TE.right(videoP2RPrompt) : readPrompt(at(name), [])
}

/** What is the same whenever an evaluation goes on. */
const identity = async (flags: EvalFlags, policy: string, files: readonly string[], at: (path: string) => string) => {
  const { format, frames = 32, pixels = 200_704, window = 'whole', blind, prompt = 'video-r1', letter, judge } = flags
  const { sample, seed = 1, observations } = flags
  const digest = async (path: string | undefined) => (path === undefined ? null : (await digestOf(at(path))).sha256)
  const records = await Promise.all(files.map(async path => ({ file: basename(path), ...(await digestOf(path)) })))
  const isFile = prompt !== 'video-r1' && prompt !== 'videop2r'
  return {
    ...{ records, policy, frames, pixels, window, blind },
    prompt: isFile ? await digest(prompt) : prompt,
    script: policy.startsWith('scripted:') ? await digest(policy.slice('scripted:'.length)) : null,
    observations: observations === undefined ? null : await digest(await resultsFile(at(observations))),
    ...{ letter: letter ?? null, format: format ?? null, fields: await digest(flags.fields), judge: judge ?? null },
    sampling: [flags.temperature ?? '0.01', flags['top-p'] ?? '0.001', flags['max-tokens'] ?? 1024, seed],
    ...(sample === undefined ? {} : { sample, limit: flags.limit ?? null }),
  }
}

/** A path of a checkpoint or a script is taken from the folder that the command runs in. */
const placedPolicy = (policy: string, at: (path: string) => string): string => {
  const name = readPolicyName(policy)
  if (E.isLeft(name) || name.right.kind === 'claude' || name.right.kind === 'openai') return policy
  return name.right.kind === 'scripted' ? `scripted:${at(name.right.file)}` : at(name.right.folder)
}

/** What was asked for on the command line, read and checked as far as nothing is asked or written. */
export const readEvalRequest = (flags: EvalFlags, recordsGiven: string, cwd: string) => {
  const at = (path: string) => resolve(cwd, path)
  const path = at(recordsGiven)
  return F.pipe(
    TE.fromEither(words(flags)),
    TE.map(found => ({ ...found, out: at(found.out), policy: placedPolicy(found.policy, at) })),
    TE.bind('files', () => filesOf(path)),
    TE.bind('fields', () => fieldsOf(flags.fields === undefined ? undefined : at(flags.fields))),
    TE.bind('prompt', () => promptOf(flags.prompt, at)),
    TE.bind('prices', () => readPrices(flags.prices === undefined ? undefined : at(flags.prices))),
    TE.let('root', () => (flags.root === undefined ? dirname(path) : at(flags.root))),
    TE.tap(({ root }) => (flags.blind ? TE.right(undefined) : isFolder(root))),
    TE.bind('settings', ({ files, policy }) =>
      TE.tryCatch(
        () => identity(flags, policy, files, at),
        (error): Fault =>
          fault('NoFile', messageOf(error), 'Check the paths of RECORDS, --policy, --prompt and --observations.'),
      ),
    ),
    TE.let('records', ({ files, fields, named }) =>
      readDataset(files, {
        ...(named.format === undefined ? {} : { format: named.format }),
        ...(fields === undefined ? {} : { fields }),
      }),
    ),
  )
}

/** The request as it was read. */
export type EvalRequest = Extract<
  Awaited<ReturnType<ReturnType<typeof readEvalRequest>>>,
  { readonly _tag: 'Right' }
>['right']
