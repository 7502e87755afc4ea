/** Functions to be called when something becomes free. */
export interface Sleepers {
  /** Adds one; gives back how to take it out again. */
  readonly add: (wake: () => void) => () => void
  /** Wakes one after the other, everybody once at most, as long as something is free. */
  readonly wake: (free: () => boolean) => void
}

/** Makes a round of sleepers: who was woken goes to the end of it, so that everybody gets a turn. */
export const sleepers = (): Sleepers => {
  const asleep: (() => void)[] = []
  return {
    add: wake => {
      asleep.push(wake)
      return () => {
        const place = asleep.indexOf(wake)
        if (place >= 0) asleep.splice(place, 1)
      }
    },
    wake: free => {
      for (let left = asleep.length; left > 0 && free(); left -= 1) {
        const wake = asleep.shift()
        if (wake === undefined) break
        asleep.push(wake)
        wake()
      }
    },
  }
}
