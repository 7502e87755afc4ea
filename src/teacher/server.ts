import { type either as E, function as F, taskEither as TE } from 'fp-ts'
import { exponential, type Fault, retry, timeout } from '../flow/index.ts'
import { answered } from './answered.ts'
import { checkedPatience, type Patience } from './checked.ts'
import { faultOf, isLasting, type TryFault, teacherFault } from './fault.ts'
import { jpegFrames } from './jpeg.ts'
import { settingsText } from './settings.ts'
import type { Answer, Question, Teacher, TeacherFault } from './types.ts'

/** A server that answers with JSON: how a question becomes a request, and how the answer is read. */
export interface Server<Body extends object> {
  readonly name: string
  readonly address: string
  /** Takes keys out of a text. */
  readonly hide: (text: string) => string
  readonly body: (question: Question, images: readonly string[]) => Body
  /** Settings that a body without frames does not show. */
  readonly shows?: Readonly<Record<string, unknown>>
  /** Loads what sending needs, before the time of a try begins. */
  readonly load: () => Promise<unknown>
  readonly send: (body: Body, signal: AbortSignal) => Promise<unknown>
  readonly read: (answer: unknown) => E.Either<TeacherFault, Answer>
  /** Why it cannot be asked a question, if so. */
  readonly refuses: (question: Question) => TeacherFault | undefined
}

const isAgain = (wrong: Fault): wrong is TryFault => 'again' in wrong
/**
 * A teacher behind a server, by any client that tries once. A try ends after `timeoutMs`, whatever came of it; losses are
 * tried again with waits that double from half a second, or that the server asks for; `signal` ends a try and a wait at
 * once. After a fault that stands for all questions (`isLasting`) the server is asked no more: every later question has
 * the same fault.
 */
export const serverTeacher = <Body extends object>(server: Server<Body>, patience: Patience): Teacher => {
  const { name, hide, body, load, send, read, refuses } = server
  const { maxRetries, timeoutMs, maxWaitMs } = checkedPatience(patience)
  const wrong = faultOf(name, hide)
  let last: TeacherFault | undefined
  const tries = answered(
    name,
    (request: Body, signal) =>
      F.pipe(
        TE.tryCatch(() => send(request, signal), wrong),
        TE.flatMapEither(read),
        TE.mapLeft(given => {
          if (isLasting(given)) last = given
          return given
        }),
      ),
    [
      timeout(timeoutMs),
      retry({
        attempts: maxRetries + 1,
        backoff: exponential(500, Math.min(8000, maxWaitMs)),
        retryAfter: given => {
          const asked = isAgain(given) ? given.again?.afterMs : undefined
          return asked === undefined ? undefined : Math.min(asked, maxWaitMs)
        },
        when: given => isAgain(given) || given._tag === 'TimedOut',
      }),
    ],
  )
  const encode = (question: Question): TE.TaskEither<TeacherFault, readonly string[]> => {
    const refused = refuses(question)
    const { frames } = question
    if (refused !== undefined) return TE.left(refused)
    return frames === undefined
      ? TE.right([])
      : TE.tryCatch(
          () => jpegFrames(frames),
          error => teacherFault('BadRequest', `${name}: the frames cannot be encoded: ${error}`, 'Look at the frames.'),
        )
  }
  return {
    name,
    settings: settingsText({ address: server.address, ...body({ prompt: '' }, []), ...server.shows }),
    ask: (question, signal) =>
      F.pipe(
        TE.fromIO(() => last),
        TE.flatMap(lasting => (lasting === undefined ? encode(question) : TE.left(lasting))),
        TE.tap(() => TE.tryCatch(load, wrong)),
        TE.flatMap(encoded => tries(body(question, encoded), signal)),
      ),
  }
}
