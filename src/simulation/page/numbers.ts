/** A number of seconds as a person says it. */
export const inWords = (seconds: number): string =>
  seconds < 1
    ? `${(1000 * seconds).toFixed(0)} ms`
    : seconds < 120
      ? `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`
      : seconds < 7200
        ? `${(seconds / 60).toFixed(1)} min`
        : `${(seconds / 3600).toFixed(1)} h`

/** A sum of money. */
export const dollars = (sum: number): string => (sum === 0 ? '–' : `$${sum < 100 ? sum.toFixed(2) : sum.toFixed(0)}`)

/** A share in percent, with its sign. */
export const signed = (share: number): string => `${share >= 0 ? '+' : '−'}${Math.abs(100 * share).toFixed(1)} %`
