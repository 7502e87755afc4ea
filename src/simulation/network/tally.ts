/** What was counted at a station, or of whole jobs. Times are in seconds. */
export interface StationTally {
  readonly entered: number
  readonly done: number
  readonly failed: number
  /** Attempts that failed and were made again. */
  readonly again: number
  /** Server-seconds of service. */
  readonly busy: number
  /** Integral of how many were there, waiting or served. */
  readonly present: number
  /** Sum over all that left of the time between coming and leaving. */
  readonly stayed: number
  /** Sum over all starts of the time that was waited for a server or for the limit. */
  readonly waited: number
  /** Most that were served at once. */
  readonly most: number
}

/** A tally that is being made. */
export interface Counting {
  readonly enter: (now: number) => void
  readonly start: (now: number, waited: number) => void
  readonly stop: (now: number, seconds: number) => void
  readonly leave: (now: number, stayed: number, failed: boolean) => void
  readonly repeat: () => void
  readonly tally: () => StationTally
}

/** Begins to count. */
export const counting = (): Counting => {
  const sum = { entered: 0, done: 0, failed: 0, again: 0, busy: 0, present: 0, stayed: 0, waited: 0, most: 0 }
  let [there, served, last] = [0, 0, 0]
  const pass = (now: number, change: number): void => {
    sum.present += there * (now - last)
    there += change
    last = now
  }
  return {
    enter: now => {
      sum.entered++
      pass(now, 1)
    },
    start: (now, waited) => {
      served++
      sum.waited += waited
      sum.most = Math.max(sum.most, served)
      pass(now, 0)
    },
    stop: (now, seconds) => {
      served--
      sum.busy += seconds
      pass(now, 0)
    },
    leave: (now, stayed, failed) => {
      sum[failed ? 'failed' : 'done']++
      sum.stayed += stayed
      pass(now, -1)
    },
    repeat: () => {
      sum.again++
    },
    tally: () => ({ ...sum }),
  }
}
