import { visible } from '../untrusted/index.ts'

/**
 * One line in which nothing is obeyed by a terminal: what is printed may come from a data set or a model. Breaks of lines and
 * tabs become a space, all other control characters, marks of direction included, are written as escapes (`\u001b`).
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { oneLine } from 'kinograd/run'
 *
 * assert.equal(oneLine('two\nlines'), 'two lines')
 * assert.equal(oneLine('\u001b[31mred'), '\\u001b[31mred')
 * ```
 */
export const oneLine = (text: string): string => visible(text.replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' '))

/**
 * How long something took, for people: `52 s`, `3 min 05 s`, `1 h 02 min`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { duration } from 'kinograd/run'
 *
 * assert.equal(duration(185_000), '3 min 05 s')
 * ```
 */
export const duration = (milliseconds: number): string => {
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** How fast something goes, for people: `12.3/s`, and where it takes longer than a second `1.4 s each`. */
export const speed = (perSecond: number): string =>
  perSecond >= 1 ? `${Number(perSecond.toPrecision(3))}/s` : `${Number((1 / perSecond).toPrecision(3))} s each`

/** A number with its thousands or millions in letters: `850`, `12.4k`, `3.1M`. */
export const shortNumber = (value: number): string =>
  value < 1000 ? value.toFixed(0) : value < 1e6 ? `${(value / 1e3).toFixed(1)}k` : `${(value / 1e6).toFixed(1)}M`

/** Bytes for people: `812 kB`, `1.4 GB`. */
export const shortBytes = (bytes: number): string =>
  bytes < 1e6
    ? `${Math.round(bytes / 1e3)} kB`
    : bytes < 1e9
      ? `${(bytes / 1e6).toFixed(0)} MB`
      : `${(bytes / 1e9).toFixed(1)} GB`
