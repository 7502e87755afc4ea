import type { Estimate } from './estimate.ts'

const count = (number: number): string => Math.round(number).toLocaleString('en-US')

const large = (number: number): string => (number >= 1e6 ? `${(number / 1e6).toPrecision(3)} million` : count(number))

const money = (dollars: number): string =>
  dollars >= 100 ? `$${count(dollars)}` : dollars >= 1 ? `$${dollars.toFixed(2)}` : `$${dollars.toPrecision(2)}`

const time = (hours: number): string =>
  hours < 1 / 60 ? 'under a minute' : hours < 1 ? `${Math.ceil(hours * 60)} min` : `${hours.toFixed(1)} h`

const size = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`

const costLine = (one: Estimate): string => {
  if (one.dollars === undefined || one.dollarsAtMost === undefined)
    return `cost    unknown: the price list of ${one.pricesOf} does not have ${one.teacher}`
  const half = one.batches > 0 ? ', half for batches' : ''
  return `cost    about ${money(one.dollars)}, at most ${money(one.dollarsAtMost)} (prices of ${one.pricesOf}${half})`
}

const timeLine = (one: Estimate): string => {
  if (one.hours === undefined) return 'time    unknown: nothing is known of the speed of this server'
  return one.batches > 0
    ? `time    at most ${time(one.hours)} after the last batch is sent; most batches end within one`
    : `time    at least ${time(one.hours)}, by ${one.boundBy}`
}

const one = (estimate: Estimate): string => {
  const { name, teacher, requests, sampled, counted, inputTokens, outputTokens, uploadBytes, batches } = estimate
  const means = counted ? 'counted by the provider' : 'text counted as a third of its bytes'
  return [
    `${name}: ${count(requests)} requests to ${teacher}, by a sample of ${sampled}`,
    `  tokens  ${large(inputTokens)} in (${means}), ${large(outputTokens)} out (assumed)`,
    `  ${costLine(estimate)}`,
    `  ${timeLine(estimate)}`,
    `  upload  ${size(uploadBytes)}${batches > 0 ? ` in ${count(batches)} batches` : ''}`,
  ].join('\n')
}

/**
 * Estimates as text for a terminal, with their sum where there are several.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { estimate, estimateText } from 'kinograd/teacher'
 *
 * const work = { name: 'judge', teacher: 'claude:claude-sonnet-5-5', requests: 1000, sample: [{ prompt: 'Enough?' }] }
 * const found = await estimate(work)()
 * assert(E.isRight(found))
 * assert.match(estimateText([found.right]), /^judge: 1,000 requests to claude:claude-sonnet-5-5/)
 * ```
 */
export const estimateText = (estimates: readonly Estimate[]): string => {
  const parts = estimates.map(one)
  const known = estimates.flatMap(({ dollars, dollarsAtMost }) =>
    dollars === undefined || dollarsAtMost === undefined ? [] : [[dollars, dollarsAtMost] as const],
  )
  if (estimates.length < 2 || known.length === 0) return parts.join('\n')
  const sum = (at: 0 | 1) => known.reduce((total, pair) => total + pair[at], 0)
  const missing = estimates.length - known.length
  const left = missing === 0 ? '' : `, without ${missing} of unknown price`
  return [...parts, `all together: about ${money(sum(0))}, at most ${money(sum(1))}${left}`].join('\n')
}
