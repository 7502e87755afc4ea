import { createContext, Script } from 'node:vm'
import { either as E } from 'fp-ts'
import { messageOf } from '../../flow/index.ts'

const context: { work: (() => unknown) | undefined } = { work: undefined }
const room = createContext(context)
const script = new Script('work()')

/** The error of a time limit is of the other context, whose `Error` is not ours. */
const isTimeout = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'

/** What a function gives within so many milliseconds by the clock; undefined where it is stopped. */
const within = <A>(milliseconds: number, work: () => A): E.Either<string, A> | undefined => {
  let done: E.Either<string, A> | undefined
  const outer = context.work
  context.work = () => {
    done = E.right(work())
  }
  try {
    script.runInContext(room, { timeout: milliseconds })
  } catch (error) {
    if (!isTimeout(error)) done = E.left(messageOf(error))
  } finally {
    context.work = outer
  }
  return done
}

/** So often a function is run again, each time with as much more time by the clock as the processor was shared, that was stopped because others had it. */
const tries = 3

/**
 * What a function gives, if it takes no more than so many milliseconds of a processor; else it is stopped where it is. For work on
 * patterns and programs that came with a file: V8 stops regular expressions and loops alike, in this thread, by another that it starts: a call
 * costs some 30 µs of a processor, and ten times as long where all processors are busy. The work must be synchronous and leave nothing half done that others see. `Left` says in words that it took too long, or
 * what it threw.
 */
export const inTime = <A>(milliseconds: number, work: () => A): E.Either<string, A> => {
  let limit = milliseconds
  for (let run = 0; run < tries; run++) {
    const before = process.cpuUsage()
    const done = within(limit, work)
    if (done !== undefined) return done
    const { user, system } = process.cpuUsage(before)
    const taken = (user + system) / 1000
    if (taken > milliseconds * 0.8) break
    limit = Math.ceil(Math.min(16, limit / Math.max(1, taken)) * milliseconds)
  }
  return E.left(`took more than ${milliseconds} ms`)
}
