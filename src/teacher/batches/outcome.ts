import { either as E } from 'fp-ts'
import * as t from 'io-ts'
import { faultOf, isLasting, type TryFault, teacherFault } from '../fault.ts'
import { readMessage } from '../message.ts'
import type { TeacherFault, Usage } from '../types.ts'

/** What a batch says about one request. */
export type Outcome = Unanswered | { readonly kind: 'answered'; readonly text: string; readonly usage: Usage }

/** The same without the text of an answer, which is kept on disk. */
export type Finding = Unanswered | { readonly kind: 'answered'; readonly usage: Usage }

type Unanswered =
  /** Asking again would come to the same, or was paid for. */
  | { readonly kind: 'final'; readonly fault: TeacherFault; readonly usage: Usage | undefined }
  /** Not done, not billed, worth another round: expired, or the server's own failure. */
  | { readonly kind: 'again'; readonly fault: TeacherFault }
  /** Not done, and no round helps before somebody has acted: no credit, no rights, canceled. */
  | { readonly kind: 'stopped'; readonly fault: TeacherFault }

const told = t.type({ type: t.string, message: t.string })
const line = t.type({
  custom_id: t.string,
  result: t.union([
    t.type({ type: t.literal('succeeded'), message: t.unknown }),
    t.type({ type: t.literal('errored'), error: t.union([t.type({ error: told }), told]) }),
    t.type({ type: t.union([t.literal('expired'), t.literal('canceled')]) }),
  ]),
})
type Result = t.TypeOf<typeof line>['result']

/** The status that a live call would have had. Types that are not known count as the server's own failure. */
const statuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  timeout_error: 504,
  api_error: 500,
  overloaded_error: 529,
}

const errored = (name: string, hide: (text: string) => string, error: t.TypeOf<typeof told>): Outcome => {
  const status = statuses[error.type] ?? 500
  const fault: TryFault = faultOf(name, hide)(Object.assign(new Error(error.message), { status, type: error.type }))
  const { again, ...plain } = fault
  if (again !== undefined) return { kind: 'again', fault: plain }
  return isLasting(plain) ? { kind: 'stopped', fault: plain } : { kind: 'final', fault: plain, usage: undefined }
}

/** How results of one teacher are read. */
export interface Reading {
  readonly name: string
  readonly maxTokens: number
  readonly hide: (text: string) => string
}

const outcomeOf = ({ name, maxTokens, hide }: Reading, result: Result): Outcome => {
  if (result.type === 'succeeded') {
    const read = readMessage(name, result.message, maxTokens)
    if (E.isRight(read)) return { kind: 'answered', text: read.right.text, usage: read.right.usage }
    return {
      kind: 'final',
      fault: read.left,
      usage: read.left.usage ?? { inputTokens: 0, outputTokens: 0, untold: true },
    }
  }
  if (result.type === 'errored') return errored(name, hide, 'error' in result.error ? result.error.error : result.error)
  return result.type === 'expired'
    ? {
        kind: 'again',
        fault: teacherFault('TimedOut', `${name}: the batch expired before this request was done`, 'Ask again later.'),
      }
    : {
        kind: 'stopped',
        fault: teacherFault(
          'Cancelled',
          `${name}: the batch was canceled before this request was done`,
          'Nothing was billed for it; ask again to send it anew.',
        ),
      }
}

/** Which question a line of results is about, whatever it says. */
export const keyOf = (value: unknown): string | undefined => {
  const decoded = t.type({ custom_id: t.string }).decode(value)
  return E.isLeft(decoded) ? undefined : decoded.right.custom_id
}

/**
 * The question that a line of results answers, and what it says about it: `Unreadable` for a result of no known kind.
 * Undefined for what is no such line.
 */
export const readLine = (
  reading: Reading,
  value: unknown,
): { readonly key: string; readonly outcome: Outcome } | undefined => {
  const key = keyOf(value)
  if (key === undefined) return undefined
  const decoded = line.decode(value)
  if (E.isRight(decoded)) return { key, outcome: outcomeOf(reading, decoded.right.result) }
  const fault = teacherFault('Unreadable', `${reading.name}: its result is of no known kind`, 'Update this library.')
  return { key, outcome: { kind: 'final', fault, usage: undefined } }
}
