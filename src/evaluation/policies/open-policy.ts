import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { BackendChoice } from '../../engine/tfjs/index.ts'
import { type Fault, fault } from '../../flow/index.ts'
import { readTeacherName, type Teacher, teacherNamed } from '../../teacher/index.ts'
import { brief } from '../../untrusted/index.ts'
import { type OpenedPolicy, openCheckpointPolicy } from './checkpoint-policy.ts'
import { scriptedPolicy } from './scripted-policy.ts'
import { teacherPolicy } from './teacher-policy.ts'

/** Who a spelling names: a script, a model behind a server, or the folder of a checkpoint. */
export type PolicyName =
  | { readonly kind: 'scripted'; readonly file: string }
  | { readonly kind: 'claude'; readonly spelling: string; readonly model: string }
  | { readonly kind: 'openai'; readonly spelling: string; readonly model: string }
  | { readonly kind: 'checkpoint'; readonly folder: string }

/**
 * Reads the spelling of a policy: `scripted:FILE`, `claude:MODEL`, `openai:BASE_URL#MODEL`, or the folder of a checkpoint. Left: `Usage`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { readPolicyName } from 'kinograd/evaluation'
 *
 * assert.deepEqual(readPolicyName('runs/mine/checkpoints/sft'), E.right({ kind: 'checkpoint', folder: 'runs/mine/checkpoints/sft' }))
 * assert(E.isLeft(readPolicyName('scripted')))
 * ```
 */
export const readPolicyName = (text: string): E.Either<Fault, PolicyName> => {
  const spelling = text.trim()
  const usage = (cause: string): E.Either<Fault, never> =>
    E.left(fault('Usage', cause, 'Write a checkpoint’s folder, openai:BASE_URL#MODEL, claude:MODEL or scripted:FILE.'))
  if (spelling === '') return usage('the policy is empty')
  if (!/^(?:scripted|claude|openai)(?::|$)/.test(spelling)) return E.right({ kind: 'checkpoint', folder: spelling })
  return F.pipe(
    readTeacherName(spelling),
    E.mapLeft((wrong): Fault => ({ ...wrong, cause: wrong.cause.replace(/\bteacher\b/g, 'policy') })),
    E.flatMap((name): E.Either<Fault, PolicyName> => {
      if (name.kind !== 'scripted') return E.right({ kind: name.kind, spelling, model: name.model })
      return name.file === undefined
        ? usage(`the policy ${brief(spelling, 120)} names no file of answers`)
        : E.right({ kind: 'scripted', file: name.file })
    }),
  )
}

/** How a named policy is asked. What one kind does not know is left out there: current models of Anthropic take no temperature. */
export interface OpenPolicyOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The variable that holds the key; ANTHROPIC_API_KEY or OPENAI_API_KEY when not given. */
  readonly keyVariable?: string | undefined
  /** 0.01 when not given, the paper's; Video-R1's script has 0.1. Null sends none to servers. */
  readonly temperature?: number | null | undefined
  /** 0.001 when not given, both's. Null sends none to servers. */
  readonly topP?: number | null | undefined
  /** Longest answer; 1,024 tokens when not given, as in Video-R1's script. */
  readonly maxTokens?: number | undefined
  readonly timeoutMs?: number | undefined
  /** Of a checkpoint's sampling; 0 when not given. */
  readonly seed?: number | undefined
  readonly backend?: BackendChoice | undefined
  readonly pixels?: number | undefined
  /** What is put around a teacher: a meter, a limit. */
  readonly around?: (teacher: Teacher) => Teacher
}

const served = (
  { kind, spelling }: PolicyName & { readonly kind: 'claude' | 'openai' },
  {
    env,
    keyVariable,
    temperature = 0.01,
    topP = 0.001,
    maxTokens = 1024,
    timeoutMs,
    around = F.identity,
  }: OpenPolicyOptions,
): E.Either<Fault, OpenedPolicy> =>
  F.pipe(
    teacherNamed(spelling, {
      ...(env === undefined ? {} : { env }),
      ...{ keyVariable, maxTokens, temperature },
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(kind === 'openai' && topP !== null ? { extra: { top_p: topP } } : {}),
    }),
    E.map(teacher => ({ policy: teacherPolicy(around(teacher)), close: () => undefined, resizes: false })),
  )

const checkpoint = (folder: string, given: OpenPolicyOptions): TE.TaskEither<Fault, OpenedPolicy> => {
  const { temperature, topP, maxTokens = 1024, seed, backend, pixels } = given
  return openCheckpointPolicy(folder, {
    sampling: { maxTokens, temperature: temperature ?? 0.01, topP: topP ?? 0.001 },
    ...(seed === undefined ? {} : { seed }),
    ...(backend === undefined ? {} : { backend }),
    ...(pixels === undefined ? {} : { pixels }),
  })
}

/**
 * Opens the policy of a spelling (`readPolicyName`), with the paper's sampling unless told otherwise: temperature 0.01, top-p 0.001. Close
 * it when all is asked. Left: `Usage`, `NoKey`, the faults of a script or a checkpoint.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { openPolicy } from 'kinograd/evaluation'
 *
 * const opened = await openPolicy('openai:http://127.0.0.1:8000/v1#qwen2.5-vl', { env: {} })()
 * assert(E.isRight(opened) && opened.right.policy.settings?.includes('"top_p":0.001'))
 * ```
 */
export const openPolicy = (spelling: string, options: OpenPolicyOptions = {}): TE.TaskEither<Fault, OpenedPolicy> =>
  F.pipe(
    TE.fromEither(readPolicyName(spelling)),
    TE.flatMap((name): TE.TaskEither<Fault, OpenedPolicy> => {
      if (name.kind === 'checkpoint') return checkpoint(name.folder, options)
      if (name.kind === 'scripted')
        return TE.map((policy: OpenedPolicy['policy']) => ({ policy, close: () => undefined, resizes: false }))(
          scriptedPolicy(name.file),
        )
      return TE.fromEither(served(name, options))
    }),
  )
