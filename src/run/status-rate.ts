/** How fast a count grows of late. */
export interface Rate {
  /** The count stands at this now. */
  readonly reach: (count: number) => void
  /** Undefined where nothing is known yet. */
  readonly perSecond: () => number | undefined
}

/** Milliseconds, and readings, over which a rate is taken. */
const [span, most] = [60_000, 120]

/** A rate over the last minute, or over the last two readings where these are further apart. Holds 120 readings. */
export const rate = (now: () => number): Rate => {
  let readings: { readonly at: number; readonly count: number }[] = []
  return {
    reach: count => {
      const at = now()
      const last = readings.at(-1)
      // A count that falls begins anew.
      if (last !== undefined && count < last.count) readings = []
      const recent = readings.filter((one, place) => at - one.at <= span || place === readings.length - 1)
      readings = [...recent, { at, count }].slice(-most)
    },
    perSecond: () => {
      const [first, last] = [readings[0], readings.at(-1)]
      if (first === undefined || last === undefined || last.at - first.at < 1 || last.count === first.count)
        return undefined
      return (1000 * (last.count - first.count)) / (last.at - first.at)
    },
  }
}
