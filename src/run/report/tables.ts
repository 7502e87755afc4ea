import { duration } from '../status.ts'
import type { Summary } from '../summary.ts'
import { cell, policyMeasures } from '../table.ts'
import { type Html, html } from './html.ts'

const flat = (value: unknown, at = ''): readonly (readonly [string, string])[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, inner]) => flat(inner, at === '' ? key : `${at}.${key}`))
    : [[at, typeof value === 'string' ? value : (JSON.stringify(value) ?? '')]]

/** Settings, one a line under its dotted name. */
export const settingsTable = (config: unknown): Html =>
  html`<table class="plain"><tbody>${flat(config).map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td><code>${value}</code></td></tr>`,
  )}</tbody></table>`

/** Seconds by phase with a bar for its share of the whole. */
export const phaseTable = (seconds: Summary['seconds']): Html => {
  const { total, ...phases } = seconds
  const longest = Math.max(...Object.values(phases), 1e-9)
  const rows = Object.entries(phases).map(
    ([name, took]) =>
      html`<tr><th scope="row">${name}</th><td class="number">${duration(took * 1000)}</td><td class="bar"><i style="width:${((100 * took) / longest).toFixed(1)}%"></i></td></tr>`,
  )
  return html`<table><thead><tr><th>phase</th><th class="number">time</th><th></th></tr></thead><tbody>${rows}
<tr class="total"><th scope="row">all</th><td class="number">${duration(total * 1000)}</td><td></td></tr></tbody></table>`
}

const percent = (part: number, whole: number): string => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`)

/** Records annotated, verified and found sufficient, by problem type. */
export const retentionTable = ({ byType, ...all }: Summary['retention']): Html => {
  const row = (name: string, one: typeof all, total = false) =>
    html`<tr${total ? html` class="total"` : ''}><th scope="row">${name}</th><td class="number">${one.annotated}</td><td class="number">${one.verified}</td><td class="number">${percent(one.verified, one.annotated)}</td><td class="number">${one.sufficient}</td><td class="number">${percent(one.sufficient, one.annotated)}</td></tr>`
  return html`<table><thead><tr><th>problem type</th><th class="number">annotated</th><th class="number">verified</th><th class="number">of annotated</th><th class="number">sufficient</th><th class="number">of annotated</th></tr></thead><tbody>${Object.entries(
    byType,
  ).map(([name, one]) => row(name, one))}${row('all', all, true)}</tbody></table>`
}

/** What each policy reached: one column a policy. The highest accuracy of a line is bold. */
export const policyHtml = (summary: Summary): Html => {
  const { policies, measures } = policyMeasures(summary)
  const rows = measures.map(({ name, values, format }) => {
    const best = /accuracy|^ {2}/.test(name)
      ? Math.max(...values.map(value => value ?? Number.NEGATIVE_INFINITY))
      : undefined
    const cells = values.map(value => {
      const text = cell(value, format)
      return html`<td class="number">${value !== null && value === best ? html`<b>${text}</b>` : text}</td>`
    })
    return html`<tr><th scope="row"${name.startsWith('  ') ? html` class="inner"` : ''}>${name.trim()}</th>${cells}</tr>`
  })
  return html`<table><thead><tr><th></th>${policies.map(
    name => html`<th class="number">${name}</th>`,
  )}</tr></thead><tbody>${rows}</tbody></table>`
}
