import type * as fc from 'fast-check'
import type { Observable, Subscription } from 'rxjs'

/** What a subscriber saw. */
export interface Seen<T> {
  readonly values: T[]
  ended: boolean
  error: unknown
  readonly subscription: Subscription
}

/** Subscribes and takes notes. */
export const watch = <T>(source: Observable<T>, onValue: (value: T) => void = () => {}): Seen<T> => {
  const seen: Omit<Seen<T>, 'subscription'> = { values: [], ended: false, error: undefined }
  const subscription = source.subscribe({
    next: value => {
      seen.values.push(value)
      onValue(value)
    },
    error: error => {
      seen.error = error
    },
    complete: () => {
      seen.ended = true
    },
  })
  return Object.assign(seen, { subscription })
}

/** Lets the scheduler do up to so many tasks. */
export const steps = async (s: fc.Scheduler, count: number): Promise<void> => {
  for (let i = 0; i < count && s.count() > 0; i += 1) await s.waitNext(1)
}
