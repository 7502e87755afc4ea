import { teacherFault } from '../fault.ts'
import type { BatchApi, CallFault } from './api.ts'

/** What became of one reading of a batch's results: how many lines came, and what ended it if not their end. */
export interface Read {
  readonly lines: number
  readonly broken: CallFault | undefined
}

const idle = (name: string, ms: number): CallFault => ({
  ...teacherFault('TimedOut', `${name}: its results stopped coming for ${ms} ms`, 'Read them again later.'),
  again: { afterMs: undefined },
  unsure: false,
  missing: false,
})

/** Results may be unknown for a moment after their batch has ended. */
const notYet = (fault: CallFault): CallFault =>
  fault.missing ? { ...fault, _tag: 'Unreadable', again: { afterMs: undefined } } : fault

/** The next value, or undefined once none has come for so long. */
const nextWithin = async <A>(iterator: AsyncIterator<A>, ms: number): Promise<IteratorResult<A> | undefined> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  try {
    return await Promise.race([iterator.next(), late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Reads the results of a batch line by line, one in memory at a time. `each` says whether to go on; what it answers is
 * waited for. A stream that was cut ends like a whole one: who calls counts. One that hangs ends after `idleMs`.
 */
export const readResults = async (
  api: BatchApi,
  batch: string,
  idleMs: number,
  each: (value: unknown) => Promise<boolean>,
): Promise<Read> => {
  const stop = new AbortController()
  const forget = api.whenClosed(() => stop.abort())
  let lines = 0
  try {
    const opening = { next: async () => ({ done: false as const, value: await api.results(batch, stop.signal) }) }
    const opened = await nextWithin(opening, idleMs)
    if (opened?.done !== false) return { lines, broken: idle(batch, idleMs) }
    const iterator = opened.value[Symbol.asyncIterator]()
    for (;;) {
      const next = await nextWithin(iterator, idleMs)
      if (next === undefined) return { lines, broken: idle(batch, idleMs) }
      if (next.done === true) return { lines, broken: undefined }
      lines++
      if (!(await each(next.value))) return { lines, broken: undefined }
    }
  } catch (error) {
    return { lines, broken: notYet(api.fault(error)) }
  } finally {
    forget()
    stop.abort()
  }
}
