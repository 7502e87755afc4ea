/** Jobs that wait until all before them have ended. */
export interface Turns {
  /** Goes on at once where it is this job's turn, else when it is. */
  readonly wait: (index: number, now: number, go: (now: number) => void) => void
  readonly ended: (index: number, now: number) => void
}

/** Begins with the turn of job 0. */
export const turnsOf = (): Turns => {
  const waiting = new Map<number, (now: number) => void>()
  const ended = new Set<number>()
  let next = 0
  return {
    wait: (index, now, go) => {
      if (index === next) go(now)
      else waiting.set(index, go)
    },
    ended: (index, now) => {
      ended.add(index)
      while (ended.delete(next)) next++
      const go = waiting.get(next)
      waiting.delete(next)
      go?.(now)
    },
  }
}
