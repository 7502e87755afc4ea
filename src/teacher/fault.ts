import { codeOf, fault, messageOf } from '../flow/index.ts'
import { retryAfterMs } from './retry-after.ts'
import type { TeacherFault, Usage } from './types.ts'

/** Makes a fault of this room, with the tokens that it cost where they are known. */
export const teacherFault = (
  tag: TeacherFault['_tag'],
  cause: string,
  remedy: string,
  usage?: Usage,
): TeacherFault => ({ ...fault(tag, cause, remedy), ...(usage === undefined ? {} : { usage }) })

/** A fault of one try; `again` where another try may do better, with the milliseconds that the server asks to wait. */
export interface TryFault extends TeacherFault {
  readonly again?: { readonly afterMs: number | undefined }
}

/**
 * Whether a fault stands for every question to come: no key, no such model, no money, no room on the disk, no journal. A
 * run that meets one should end, and go on when it is mended.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { fault } from 'kinograd/flow'
 * import { isLasting } from 'kinograd/teacher'
 *
 * assert(isLasting(fault('NoKey', 'the key is not accepted', 'Check it')))
 * assert(!isLasting(fault('Refused', 'the model declined', 'Ask another')))
 * ```
 */
export const isLasting = ({ _tag }: { readonly _tag: string }): boolean => lasting.has(_tag)

const lasting: ReadonlySet<string> = new Set(['NoKey', 'NoModel', 'SpendLimit', 'NoSpace', 'BadJournal', 'Locked'])

const field = (error: unknown, name: string): unknown =>
  typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined

/**
 * The server's codes and types for an account without money: Anthropic's `error_code` and `billing_error`; OpenAI's
 * `insufficient_quota`, `credit_balance_exhausted`, `billing_hard_limit_reached`, … . A `ramp_limit` passes.
 */
const moneyCode = /spend_limit|credit_balance|insufficient_(?:quota|balance|credits|funds)|billing|out_of_credits/

/** Lack of credit and limits of one's own come from Anthropic as a plain `invalid_request_error`: only the words tell. */
const moneyWords =
  /credit balance is too low|api usage limits|insufficient (?:balance|credit|fund)|exceeded your current quota/i

const isOfMoney = (error: unknown, status: unknown, said: string): boolean => {
  const named = [field(error, 'errorCode'), field(error, 'code'), field(error, 'type')]
  return (
    status === 402 ||
    named.some(name => typeof name === 'string' && moneyCode.test(name)) ||
    (typeof status === 'number' && status < 500 && moneyWords.test(said))
  )
}

/** What an error says, and the code of the system call behind it: the SDKs only say "Connection error". */
const spelled = (error: unknown): string => {
  const code = [error, field(error, 'cause'), field(field(error, 'cause'), 'cause')].map(codeOf).find(Boolean)
  return code === undefined ? messageOf(error) : `${messageOf(error)} (${code})`
}

/**
 * What an error of either SDK means: by status, class name and the server's code, by wording only for lack of money. `hide`
 * takes secrets out of what the server said.
 */
export const faultOf =
  (name: string, hide: (text: string) => string) =>
  (error: unknown): TryFault => {
    const status = field(error, 'status')
    const said = hide(spelled(error)).slice(0, 300)
    const kind = error instanceof Error ? error.constructor.name : ''
    const end = (tag: TeacherFault['_tag'], remedy: string) => teacherFault(tag, `${name}: ${said}`, remedy)
    const again = (tag: TeacherFault['_tag'], remedy: string): TryFault => ({
      ...end(tag, remedy),
      ...(headerOf(error, 'x-should-retry') === 'false'
        ? {}
        : { again: { afterMs: retryAfterMs(name => headerOf(error, name)) } }),
    })
    if (kind === 'APIUserAbortError' || kind === 'AbortError')
      return teacherFault('Cancelled', `${name}: cancelled`, '')
    if (kind === 'APIConnectionTimeoutError') return again('TimedOut', 'Raise timeoutMs, or ask a faster model.')
    if (isOfMoney(error, status, said))
      return end('SpendLimit', 'Add credit or raise the limit of the account, then go on; asking again does not help.')
    if (status === 429) return again('RateLimited', 'Ask less often (rateLimit), or raise maxRetries.')
    if (status === 408 || status === 504) return again('TimedOut', 'Ask again later.')
    if (status === 409 || (typeof status === 'number' && status >= 500))
      return again('Unreachable', 'The server is overloaded or broken; ask again later.')
    if (status === 401 || status === 403) return end('NoKey', 'The key is not accepted; check it and its rights.')
    if (status === 404) return end('NoModel', 'Check the name of the model, and the address (most end with /v1).')
    if (typeof status === 'number') return end('BadRequest', 'Check the settings and the size of the request.')
    if (error instanceof SyntaxError)
      return again('Unreadable', 'The server did not answer with whole JSON; check its address.')
    return again('Unreachable', 'Check the address and the network.')
  }

const headerOf = (error: unknown, name: string): string | undefined => {
  const headers = field(error, 'headers')
  return headers instanceof Headers ? (headers.get(name) ?? undefined) : undefined
}
