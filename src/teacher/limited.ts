import type { Policy } from '../flow/index.ts'
import { answered } from './answered.ts'
import type { Question, Teacher } from './types.ts'

/**
 * A teacher under policies of the flow room, the first one innermost: `[rateLimit({ requestsPerMinute: 50 })]`. One
 * value of a rate limit is one limit, so give annotator and judge the same value where they share a key. It ends at
 * once when its signal fires, also while it waits its turn. What a teacher throws becomes the fault `BadRequest`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import { retry } from 'kinograd/flow'
 * import { limited, type Teacher } from 'kinograd/teacher'
 *
 * let asked = 0
 * const usage = { inputTokens: 0, outputTokens: 0 }
 * const lost = { _tag: 'Unreachable', cause: 'no route', remedy: 'ask later' } as const
 * const shaky: Teacher = { name: 'shaky', ask: () => (++asked < 2 ? TE.left(lost) : TE.right({ text: 'here', usage })) }
 * const patient = limited(shaky, [retry({ attempts: 2, backoff: () => 1 })])
 * assert(E.isRight(await patient.ask({ prompt: 'Who?' }, new AbortController().signal)()))
 * ```
 */
export const limited = (teacher: Teacher, policies: readonly Policy<Question>[]): Teacher => ({
  ...teacher,
  ask: answered(teacher.name, teacher.ask, policies),
})
