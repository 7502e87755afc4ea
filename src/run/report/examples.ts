import type { FailureRow, RolloutRow } from '../rows.ts'
import { type Html, html } from './html.ts'

const shown = 3

/** Rollouts worth showing: of each phase's last ones the best, the worst and one between, each of another question. */
const chosen = (rollouts: readonly RolloutRow[]): readonly RolloutRow[] => {
  const total = ({ rewards }: RolloutRow) => Object.values(rewards).reduce<number>((sum, one) => sum + (one ?? 0), 0)
  return [...new Set(rollouts.map(({ phase }) => phase))].flatMap(phase => {
    const byReward = rollouts.filter(row => row.phase === phase).sort((a, b) => total(b) - total(a))
    const each = byReward.filter((row, at) => byReward.findIndex(({ id }) => id === row.id) === at)
    const last = each.length - 1
    const places = [...new Set([0, Math.floor(last / 2), last])].slice(0, shown)
    return places.flatMap(at => each[at] ?? [])
  })
}

const number = (value: number | null): string => (value === null ? 'unscored' : value.toFixed(2))

const example = (row: RolloutRow, processes: readonly string[]): Html => {
  const pieces = row.segments ?? [{ process: null, text: row.completion }]
  const text = pieces.map(piece => {
    const at = piece.process === null ? -1 : processes.indexOf(piece.process)
    return at < 0 ? html`<span>${piece.text}</span>` : html`<span class="process p${at % 6}">${piece.text}</span>`
  })
  const scores = Object.keys(row.rewards).map(
    name =>
      html`<tr><th scope="row">${name}</th><td class="number">${number(row.rewards[name] ?? null)}</td><td class="number">${number(row.advantages[name] ?? null)}</td></tr>`,
  )
  const sheet = row.sheet !== undefined && /^[A-Za-z0-9+/]+=*$/.test(row.sheet) ? row.sheet : undefined
  return html`<article><h3>${row.phase}, step ${row.step} <small>record ${row.id}, ${row.problemType}</small></h3>
<p><b>${row.problem}</b> <small>right answer: ${row.answer}</small></p>
${sheet === undefined ? '' : html`<img alt="frames of the clip" src="data:image/jpeg;base64,${sheet}">`}
<div class="example"><p class="output">${text}</p>
<table><thead><tr><th>process</th><th class="number">reward</th><th class="number">advantage</th></tr></thead><tbody>${scores}</tbody></table></div></article>`
}

/** Example outputs with each process in its colour, its reward and its advantage. */
export const examplesHtml = (rollouts: readonly RolloutRow[]): Html => {
  if (rollouts.length === 0) return html`<p>No rollouts were kept.</p>`
  const processes = [...new Set(rollouts.flatMap(({ rewards }) => Object.keys(rewards)))]
  const legend = processes.map((name, at) => html`<span class="process p${at % 6}">${name}</span> `)
  return html`<p>${legend}</p>${chosen(rollouts).map(row => example(row, processes))}`
}

/** Items that became errors: how many of each kind, and the first ones. */
export const failuresHtml = (counts: Readonly<Record<string, number>>, failures: readonly FailureRow[]): Html => {
  if (failures.length === 0) return html`<p>None.</p>`
  const kinds = Object.entries(counts).map(([tag, count]) => html`<li>${tag}: ${count}</li>`)
  const rows = failures.map(
    row =>
      html`<tr><td>${row.phase}</td><td>${row.stage}</td><td>${row.item}</td><td>${row.cause}. ${row.remedy}</td></tr>`,
  )
  return html`<ul>${kinds}</ul><table class="wrap"><thead><tr><th>phase</th><th>stage</th><th>item</th><th>why, and what to do</th></tr></thead><tbody>${rows}</tbody></table>`
}
