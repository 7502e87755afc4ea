import type { Fault } from '../flow/index.ts'

/** What somebody who waits for a result is told: it is there, it will not come, nobody waits any more, or it is time to ask again. */
type Told = { readonly body: string } | { readonly fault: Fault } | 'stopped' | 'time'

/** Somebody who waits for one key, from before the question is sent. */
export interface Waiter {
  /** What is told within so many milliseconds. */
  readonly within: (ms: number) => Promise<Told>
  readonly dispose: () => void
}

/** Those who wait for results, by key. */
export interface Waiters {
  readonly add: (key: string, signal: AbortSignal) => Waiter
  readonly tell: (key: string, body: string) => void
  /** Lets all ask again. */
  readonly wake: () => void
  /** Tells all, and whoever comes later. */
  readonly fail: (fault: Fault) => void
}

/** Nobody waits yet. Holds what waits, and nothing of what has been told. */
export const waiters = (): Waiters => {
  const waiting = new Map<string, Set<(told: Told) => void>>()
  const asleep = new Set<(told: Told) => void>()
  let failed: Fault | undefined
  const add = (key: string, signal: AbortSignal): Waiter => {
    let told: Told | undefined = failed === undefined ? undefined : { fault: failed }
    let wake = (_: Told): void => {}
    const tell = (what: Told): void => {
      told ??= what
      wake(told)
    }
    const stop = (): void => tell('stopped')
    const all = waiting.get(key) ?? new Set()
    waiting.set(key, all.add(tell))
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    return {
      within: ms =>
        new Promise(resolve => {
          if (told !== undefined) return resolve(told)
          const timer = setTimeout(() => wake('time'), ms)
          wake = what => {
            clearTimeout(timer)
            asleep.delete(wake)
            resolve(what)
          }
          asleep.add(wake)
        }),
      dispose: () => {
        signal.removeEventListener('abort', stop)
        asleep.delete(wake)
        all.delete(tell)
        if (all.size === 0) waiting.delete(key)
      },
    }
  }
  return {
    add,
    tell: (key, body) => {
      for (const one of waiting.get(key) ?? []) one({ body })
    },
    wake: () => {
      for (const one of [...asleep]) one('time')
    },
    fail: fault => {
      failed ??= fault
      for (const all of waiting.values()) for (const one of all) one({ fault })
    },
  }
}
