import { fault, messageOf } from '../flow/index.ts'
import type { TeacherFault } from './types.ts'

/** Makes a fault of this room. */
export const teacherFault: (tag: TeacherFault['_tag'], cause: string, remedy: string) => TeacherFault = fault

const field = (error: unknown, name: string): unknown =>
  typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined

/**
 * What an error of either SDK means. Goes by status, class name and the server's error code, never by wording. `hide`
 * takes secrets out of what the server said.
 */
export const faultOf =
  (name: string, hide: (text: string) => string) =>
  (error: unknown): TeacherFault => {
    const status = field(error, 'status')
    const said = hide(messageOf(error)).slice(0, 300)
    const kind = error instanceof Error ? error.constructor.name : ''
    const code = field(error, 'errorCode') ?? field(error, 'code')
    const make = (tag: TeacherFault['_tag'], remedy: string) => teacherFault(tag, `${name}: ${said}`, remedy)
    if (kind === 'APIUserAbortError' || kind === 'AbortError')
      return teacherFault('Cancelled', `${name}: cancelled`, '')
    if (kind === 'APIConnectionTimeoutError') return make('TimedOut', 'Raise timeoutMs, or ask a faster model.')
    if (code === 'enforced_spend_limit_reached' || code === 'insufficient_quota' || status === 402)
      return make(
        'SpendLimit',
        'Raise the limit of the account or wait for the next month; asking again does not help.',
      )
    if (status === 429) return make('RateLimited', 'Ask less often (rateLimit), or raise maxRetries.')
    if (status === 408 || status === 504) return make('TimedOut', 'Ask again later.')
    if (typeof status === 'number' && status >= 500)
      return make('Unreachable', 'The server is overloaded or broken; ask again later.')
    if (status === 401 || status === 403) return make('NoKey', 'The key is not accepted; check it and its rights.')
    if (typeof status === 'number') return make('BadRequest', 'Check the model name and the size of the request.')
    if (error instanceof SyntaxError)
      return make('Unreadable', 'The server did not answer with JSON; check its address.')
    return make('Unreachable', 'Check the address and the network.')
  }
