import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import { type Fault, fault, isDefect } from '../flow/index.ts'
import { brief } from '../untrusted/index.ts'
import { annotator } from './annotator.ts'
import type { Patience } from './checked.ts'
import { claude } from './claude.ts'
import type { ClaudeOptions } from './claude-request.ts'
import { type JudgeOptions, judge } from './judge.ts'
import { openAiCompatible } from './openai.ts'
import { answerInObservation, ownChains, scriptedAnnotator, scriptedJudge } from './scripted.ts'
import type { Annotator, Judge, Teacher } from './types.ts'

/** Who a teacher's spelling names. */
export type TeacherName =
  | { readonly kind: 'scripted'; readonly file: string | undefined }
  | { readonly kind: 'claude'; readonly model: string }
  | { readonly kind: 'openai'; readonly baseUrl: string; readonly model: string }

const spellings = 'Write scripted, scripted:FILE, claude:MODEL or openai:BASE_URL#MODEL.'

const misspelt = (why: string, remedy = spellings): E.Either<Fault, never> => E.left(fault('Usage', why, remedy))

const isAddress = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)

/**
 * Reads the spelling of a teacher or judge: `scripted`, `scripted:FILE`, `claude:MODEL` or `openai:BASE_URL#MODEL`, as commands
 * and settings have it. Left: `Usage`, with what is wrong in one sentence.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { readTeacherName } from 'kinograd/teacher'
 *
 * const local = { kind: 'openai', baseUrl: 'http://127.0.0.1:8000/v1', model: 'qwen2.5-vl' } as const
 * assert.deepEqual(readTeacherName('openai:http://127.0.0.1:8000/v1#qwen2.5-vl'), E.right(local))
 * const wrong = readTeacherName('openai:127.0.0.1:8000')
 * assert(E.isLeft(wrong) && wrong.left.cause.includes('has no #MODEL at its end'))
 * ```
 */
export const readTeacherName = (text: string): E.Either<Fault, TeacherName> => {
  const [, kind = '', rest = ''] = /^([^:]*):?(.*)$/s.exec(text.trim()) ?? []
  const shown = brief(text.trim(), 120)
  if (kind === 'scripted')
    return text.trim().endsWith(':')
      ? misspelt(`the teacher ${shown} names no file`)
      : E.right({ kind, file: rest === '' ? undefined : rest })
  if (kind === 'claude')
    return rest === '' || /\s/.test(rest)
      ? misspelt(`the teacher ${shown} names no model`, 'Write claude:MODEL, such as claude:claude-haiku-5-5.')
      : E.right({ kind, model: rest })
  if (kind !== 'openai') return misspelt(`${shown} is no teacher`)
  const example = 'Write openai:BASE_URL#MODEL, such as openai:http://127.0.0.1:8000/v1#qwen2.5-vl.'
  const at = rest.indexOf('#')
  const [baseUrl, model] = at < 0 ? [rest, ''] : [rest.slice(0, at), rest.slice(at + 1)]
  if (model.trim() === '') return misspelt(`the teacher ${shown} has no #MODEL at its end`, example)
  if (!isAddress(baseUrl)) return misspelt(`the address in ${shown} does not begin with http:// or https://`, example)
  const { username, password } = new URL(baseUrl)
  return username === '' && password === ''
    ? E.right({ kind, baseUrl, model: model.trim() })
    : misspelt('the address of the teacher holds a user or a password', 'Give a key in OPENAI_API_KEY instead.')
}

/** How a named teacher is asked. What a provider does not know is left out there. */
export interface NamedOptions extends Patience {
  /** Where keys and addresses are looked up; `process.env` by default. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The variable that holds the key; ANTHROPIC_API_KEY or OPENAI_API_KEY by default. */
  readonly keyVariable?: string | undefined
  /** Longest answer; 2048 by default. */
  readonly maxTokens?: number
  /** For `openai`; 0 by default, null sends none. Current models of Anthropic take none. */
  readonly temperature?: number | null
  /** A JSON schema that the answers must have, where the server knows structured output. */
  readonly schema?: Readonly<Record<string, unknown>>
  /** Further fields of every request. */
  readonly extra?: Readonly<Record<string, unknown>>
}

/** A defect of options that came from a user's words is a fault of those words. */
const made = <A>(make: () => E.Either<Fault, A>): E.Either<Fault, A> => {
  try {
    return make()
  } catch (thrown) {
    if (!isDefect(thrown)) throw thrown
    return E.left(thrown.fault._tag === 'BadOption' ? { ...thrown.fault, _tag: 'Usage' } : thrown.fault)
  }
}

/** How Claude is reached by a name. */
const claudeOf = (
  model: string,
  { env = process.env, keyVariable, temperature: _, ...options }: NamedOptions,
): E.Either<Fault, ClaudeOptions> => {
  const variable = keyVariable ?? 'ANTHROPIC_API_KEY'
  const baseUrl = env.ANTHROPIC_BASE_URL
  const apiKey = env[variable] ?? ''
  return apiKey.trim() === ''
    ? E.left(
        fault('NoKey', `claude:${model} needs a key and ${variable} is not set`, 'Set it, or name another teacher.'),
      )
    : E.right({ ...options, model, apiKey, ...(baseUrl === undefined ? {} : { baseUrl }) })
}

/**
 * How the Claude of a spelling is reached, for `claudeBatches` and `claudeTokens`: the same answers as those of `teacherNamed`. Left:
 * `Usage` for a spelling that means nothing or is not `claude:MODEL`; `NoKey`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { claudeNamed } from 'kinograd/teacher'
 *
 * const found = claudeNamed('claude:claude-haiku-5-5', { env: { ANTHROPIC_API_KEY: 'sk-ant-example' } })
 * assert(E.isRight(found) && found.right.model === 'claude-haiku-5-5')
 * ```
 */
export const claudeNamed = (text: string, options: NamedOptions = {}): E.Either<Fault, ClaudeOptions> =>
  F.pipe(
    readTeacherName(text),
    E.flatMap(name =>
      name.kind === 'claude'
        ? claudeOf(name.model, options)
        : misspelt(`${brief(text, 120)} is not asked in batches: only Claude is`, 'Write claude:MODEL.'),
    ),
  )

/** The client of a name that is not a script. */
const client = (name: Exclude<TeacherName, { kind: 'scripted' }>, options: NamedOptions): E.Either<Fault, Teacher> =>
  made(() => {
    if (name.kind === 'claude') return F.pipe(claudeOf(name.model, options), E.flatMap(claude))
    const { env = process.env, keyVariable, temperature, ...others } = options
    const apiKey = env[keyVariable ?? 'OPENAI_API_KEY']
    if (keyVariable !== undefined && (apiKey ?? '').trim() === '')
      return E.left(
        fault('NoKey', `${keyVariable} is to hold the key and is not set`, 'Set it, or name another variable.'),
      )
    return E.right(
      openAiCompatible({
        ...others,
        baseUrl: name.baseUrl,
        model: name.model,
        ...(temperature === undefined ? {} : { temperature }),
        ...(apiKey === undefined ? {} : { apiKey }),
      }),
    )
  })

/**
 * The teacher of a spelling, `claude:MODEL` or `openai:BASE_URL#MODEL`: what answers questions. The key comes from the
 * environment alone and is never shown; ANTHROPIC_BASE_URL leads Claude's requests elsewhere. Nothing is asked yet. Left:
 * `Usage` for a spelling that means nothing and for `scripted`, which answers only of records that it knows
 * (`annotatorNamed`, `judgeNamed`); `NoKey`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { teacherNamed } from 'kinograd/teacher'
 *
 * const teacher = teacherNamed('openai:http://127.0.0.1:8000/v1#qwen2.5-vl', { env: {} })
 * assert(E.isRight(teacher) && teacher.right.name === 'openai-compatible:qwen2.5-vl')
 * const keyless = teacherNamed('claude:claude-haiku-5-5', { env: {} })
 * assert(E.isLeft(keyless) && keyless.left._tag === 'NoKey')
 * ```
 */
export const teacherNamed = (text: string, options: NamedOptions = {}): E.Either<Fault, Teacher> =>
  F.pipe(
    readTeacherName(text),
    E.flatMap(name =>
      name.kind === 'scripted'
        ? misspelt(
            `${brief(text, 120)} answers no questions: a script knows records only`,
            'Write claude:MODEL or openai:BASE_URL#MODEL.',
          )
        : client(name, options),
    ),
  )

/** How an annotator or a judge stands behind a named teacher. */
export interface NamedRoleOptions extends NamedOptions {
  /** What is put around the teacher: a cache, a meter, a limit. */
  readonly around?: (teacher: Teacher) => Teacher
}

const ownOutput = (record: VideoRecord): string | undefined => {
  const output = 'output' in record ? record.output : record.extra?.output
  return typeof output === 'string' ? output : undefined
}

/**
 * The annotator of a spelling. `scripted` takes the chain that stands in the record itself, its field `output` (`chainOf` says
 * otherwise); `scripted:FILE` takes it from JSON lines of `id` (or `problem_id`) and `output`. A record without one is
 * `Refused`. Left: as `teacherNamed`, and the faults of the script.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { annotatorNamed } from 'kinograd/teacher'
 *
 * const named = await annotatorNamed('scripted')()
 * const kinds = { problemType: 'numerical', dataType: 'video', options: [], path: 'a.mp4', source: '' } as const
 * const record = { ...kinds, id: '1', problem: 'How many?', answer: '3', output: '<answer>3</answer>' }
 * const frames = { data: new Uint8Array(12), count: 1, height: 2, width: 2, times: [0] }
 * assert(E.isRight(named))
 * const chain = await named.right.annotate({ record, prompt: '', frames }, new AbortController().signal)()
 * assert.deepEqual(chain, E.right('<answer>3</answer>'))
 * ```
 */
export const annotatorNamed = (
  text: string,
  {
    around = F.identity,
    chainOf = ownOutput,
    ...options
  }: NamedRoleOptions & { readonly chainOf?: (record: VideoRecord) => string | undefined } = {},
): TE.TaskEither<Fault, Annotator> =>
  F.pipe(
    TE.fromEither(readTeacherName(text)),
    TE.flatMap(
      (name): TE.TaskEither<Fault, Annotator> =>
        name.kind !== 'scripted'
          ? TE.fromEither(E.map((teacher: Teacher) => annotator(around(teacher)))(client(name, options)))
          : name.file === undefined
            ? TE.right(ownChains('scripted', chainOf))
            : scriptedAnnotator(name.file),
    ),
  )

/**
 * The judge of a spelling. `scripted` is a rule: an observation is enough where it holds the words of the answer, or of its
 * option; `scripted:FILE` takes verdicts from JSON lines of `id` (or `problem_id`), `sufficient`, and where one record has several
 * observations, `observation`. Left: as `teacherNamed`, and the faults of the script.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { judgeNamed } from 'kinograd/teacher'
 *
 * const named = await judgeNamed('scripted')()
 * const kinds = { problemType: 'numerical', dataType: 'video', options: [], path: 'a.mp4', source: '' } as const
 * const record = { ...kinds, id: '1', problem: 'How many?', answer: '3' }
 * assert(E.isRight(named))
 * const verdict = await named.right.judge({ record, observation: '3 balls.' }, new AbortController().signal)()
 * assert.deepEqual(verdict, E.right({ sufficient: true }))
 * ```
 */
export const judgeNamed = (
  text: string,
  { around = F.identity, judging = {}, ...options }: NamedRoleOptions & { readonly judging?: JudgeOptions } = {},
): TE.TaskEither<Fault, Judge> =>
  F.pipe(
    TE.fromEither(readTeacherName(text)),
    TE.flatMap(
      (name): TE.TaskEither<Fault, Judge> =>
        name.kind !== 'scripted'
          ? TE.fromEither(E.map((teacher: Teacher) => judge(around(teacher), judging))(client(name, options)))
          : name.file === undefined
            ? TE.right(answerInObservation)
            : scriptedJudge(name.file),
    ),
  )
