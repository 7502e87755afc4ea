import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type ClaudeOptions, claudeAccess, claudeBody } from '../claude-request.ts'
import { faultOf, teacherFault } from '../fault.ts'
import { jpegFrames } from '../jpeg.ts'
import type { Question, TeacherFault } from '../types.ts'

/**
 * Counts a question's tokens by asking the provider, which is free and limited by requests a minute: for the `count` of
 * `estimate`, on a small sample. It sends the question with its frames, so let the user say that this may be done. One
 * try; it ends with `signal`. Left: `NoKey`, and from the counting `BadRequest` and what a server may answer with.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { claudeTokens } from 'kinograd/teacher'
 *
 * assert(E.isRight(claudeTokens({ model: 'claude-haiku-5-5', apiKey: 'sk-ant-example' })))
 * ```
 */
export const claudeTokens = (
  options: ClaudeOptions,
  signal?: AbortSignal,
): E.Either<TeacherFault, (question: Question) => TE.TaskEither<TeacherFault, number>> =>
  F.pipe(
    claudeAccess(options),
    E.map(({ name, client, hide }) => (question: Question) => {
      const failed = faultOf(name, hide)
      const timeout = options.timeoutMs ?? 120_000
      const send = async (): Promise<number> => {
        const images = question.frames === undefined ? [] : await jpegFrames(question.frames)
        const { max_tokens: _, ...body } = claudeBody(options)(question, images)
        const { messages } = await client()
        const within = AbortSignal.any([AbortSignal.timeout(timeout), ...(signal === undefined ? [] : [signal])])
        const { input_tokens: tokens } = await messages.countTokens(body, { signal: within })
        return tokens
      }
      return F.pipe(
        TE.tryCatch(send, failed),
        TE.filterOrElse(
          tokens => Number.isFinite(tokens),
          () => teacherFault('Unreadable', `${name}: the answer holds no count of tokens`, 'Check the address.'),
        ),
      )
    }),
  )
