import { either as E, function as F } from 'fp-ts'
import { type ClaudeBody, type ClaudeOptions, claudeAccess, claudeBody, claudeRefuses } from './claude-request.ts'
import { readMessage } from './message.ts'
import { serverTeacher } from './server.ts'
import type { Teacher, TeacherFault } from './types.ts'

/**
 * Claude as a teacher, through the official SDK. Frames go before the text as JPEGs. No sampling parameters and no
 * prefill: current models refuse them; determinism comes from the prompt. Refusals, unfinished answers, limits and lost
 * connections are faults; `signal` ends the request. One request holds its frames as base64 (about 0.1 MB each at
 * 448 × 252). What models write may not train competing models: see the provider's terms before training on it. Left:
 * `NoKey` when there is no key; nothing is asked before the first question. Throws a `Defect` for options that no
 * request can have.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { claude } from 'kinograd/teacher'
 *
 * const made = claude({ model: 'claude-haiku-5-5', apiKey: 'sk-ant-example', maxRetries: 2 })
 * assert(E.isRight(made) && made.right.name === 'claude:claude-haiku-5-5')
 * ```
 */
export const claude = (options: ClaudeOptions): E.Either<TeacherFault, Teacher> =>
  F.pipe(
    claudeAccess(options),
    E.map(({ name, address, client, hide }) =>
      serverTeacher(
        {
          name,
          address,
          hide,
          body: claudeBody(options),
          load: client,
          send: async (body: ClaudeBody, signal) => (await client()).messages.create(body, { signal }),
          read: answer => readMessage(name, answer, options.maxTokens ?? 2048),
          refuses: question => claudeRefuses(name, question),
        },
        options,
      ),
    ),
  )
