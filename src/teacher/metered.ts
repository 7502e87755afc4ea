import { function as F, taskEither as TE } from 'fp-ts'
import type { Teacher, Usage } from './types.ts'

/** Dollars per million tokens: the provider's price list, which changes and is not kept here. */
export interface Price {
  readonly input: number
  readonly output: number
}

/** What answers cost so far. */
export interface Spent extends Usage {
  /** Questions answered and billed. */
  readonly answers: number
  /** Undefined where no price was given. */
  readonly dollars: number | undefined
}

/**
 * A teacher that counts what it is billed; put it under the cache, not over it.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { taskEither as TE } from 'fp-ts'
 * import { metered } from 'kinograd/teacher'
 *
 * const usage = { inputTokens: 1000, outputTokens: 100 }
 * const { teacher, spent } = metered({ name: 'a', ask: () => TE.right({ text: '', usage }) }, { input: 2, output: 10 })
 * await teacher.ask({ prompt: 'Who?' }, new AbortController().signal)()
 * assert.equal(spent().dollars, 0.003)
 * ```
 */
export const metered = (
  teacher: Teacher,
  price?: Price,
): { readonly teacher: Teacher; readonly spent: () => Spent } => {
  let answers = 0
  let inputTokens = 0
  let outputTokens = 0
  return {
    teacher: {
      name: teacher.name,
      ask: (question, signal) =>
        F.pipe(
          teacher.ask(question, signal),
          TE.map(answer => {
            answers += 1
            inputTokens += answer.usage.inputTokens
            outputTokens += answer.usage.outputTokens
            return answer
          }),
        ),
    },
    spent: () => ({
      answers,
      inputTokens,
      outputTokens,
      dollars: price === undefined ? undefined : (inputTokens * price.input + outputTokens * price.output) / 1e6,
    }),
  }
}
