/** Mean of numbers; there is at least one. */
export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

const short = (value: number, digits: number): string => value.toFixed(digits).replace(/^(-?)0\./, '$1.')

/** Mean and, of several, lowest and highest: `.371 (.296–.440)`. A dash where there is none. */
export const spread = (values: readonly number[], digits = 3): string => {
  if (values.length === 0) return '–'
  const range = `(${short(Math.min(...values), digits)}–${short(Math.max(...values), digits)})`
  return values.length === 1 ? short(mean(values), digits) : `${short(mean(values), digits)} ${range}`
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${short(Math.abs(value), 3)}`

/**
 * What one thing has over another, seed by seed on the same groundwork: beyond the spread where the sign is the same for every one of
 * three or more seeds, else within it.
 */
export const difference = (name: string, ours: readonly number[], theirs: readonly number[]): string => {
  const by = ours.flatMap((value, i) => (theirs[i] === undefined ? [] : [value - theirs[i]]))
  if (by.length === 0) return `${name}: not measured.`
  const one = by.every(value => value > 0) || by.every(value => value < 0)
  const seeds = by.map(signed).join(', ')
  if (by.length < 3)
    return `${name}: ${signed(mean(by))} (${seeds}); ${by.length} of the three seeds that it takes to tell it from luck.`
  return `${name}: ${signed(mean(by))} (${seeds}), ${one ? 'beyond the spread: every seed has the sign' : 'within the spread: seeds differ in sign'}.`
}
