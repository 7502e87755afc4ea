import { cut } from '../../untrusted/index.ts'
import type { RolloutRow } from '../rows.ts'
import { type Html, html } from './html.ts'
import type { FailuresPart, RolloutsPart } from './section.ts'

const shown = 3
/** Characters of a text, and of the picture beside it, that a page shows. */
const [mostText, mostPicture] = [20_000, 2_000_000]

/** Rollouts worth showing: of each phase's last ones the best, the worst and one between, each of another question. */
const chosen = (rollouts: readonly RolloutRow[]): readonly RolloutRow[] => {
  const total = ({ rewards }: RolloutRow) => Object.values(rewards).reduce<number>((sum, one) => sum + (one ?? 0), 0)
  return [...new Set(rollouts.map(({ phase }) => phase))].flatMap(phase => {
    const byReward = rollouts.filter(row => row.phase === phase).sort((a, b) => total(b) - total(a))
    const each = byReward.filter((row, place) => byReward.findIndex(({ id }) => id === row.id) === place)
    const last = each.length - 1
    const places = [...new Set([0, Math.floor(last / 2), last])].slice(0, shown)
    return places.flatMap(place => each[place] ?? [])
  })
}

const number = (value: number | null | undefined): string =>
  value === undefined ? '–' : value === null ? 'unscored' : value.toFixed(2)

const outputHtml = ({ segments = [], completion }: RolloutRow, processes: readonly string[]): Html => {
  const pieces = segments.length === 0 ? [{ process: null, text: completion }] : segments
  const spans = pieces.slice(0, 100).map(({ process, text: whole }) => {
    const text = cut(whole, mostText)
    const colour = process === null ? -1 : processes.indexOf(process)
    return colour < 0 ? html`<span>${text}</span>` : html`<span class="process p${colour % 6}">${text}</span>`
  })
  return html`<p class="output">${spans}</p>`
}

const rolloutHtml = (row: RolloutRow, processes: readonly string[]): Html => {
  const advantages = new Map(Object.entries(row.advantages))
  const scores = Object.entries(row.rewards).map(
    ([name, reward]) =>
      html`<tr><th scope="row">${name}</th><td class="number">${number(reward)}</td><td class="number">${number(advantages.get(name))}</td></tr>`,
  )
  const { sheet: given = '' } = row
  const sheet = given.length <= mostPicture && /^[A-Za-z0-9+/]+=*$/.test(given) ? given : undefined
  const kind = row.problemType === undefined ? '' : `, ${row.problemType}`
  const answer = row.answer === undefined ? '' : html` <small>right answer: ${cut(row.answer, mostText)}</small>`
  return html`<article><h3>${row.phase}, step ${row.step} <small>record ${row.id}${kind}</small></h3>
<p><b>${cut(row.problem ?? '', mostText)}</b>${answer}</p>
${sheet === undefined ? '' : html`<img alt="frames of the clip" src="data:image/jpeg;base64,${sheet}">`}
<div class="example">${outputHtml(row, processes)}
<table><thead><tr><th>process</th><th class="number">reward</th><th class="number">advantage</th></tr></thead><tbody>${scores}</tbody></table></div></article>`
}

/** Example outputs with each process in its colour, its reward and its advantage. */
export const rolloutsHtml = ({ rollouts }: RolloutsPart): Html => {
  const processes = [...new Set(rollouts.flatMap(({ rewards }) => Object.keys(rewards)))]
  const legend = processes.map((name, colour) => html`<span class="process p${colour % 6}">${name}</span> `)
  return html`<p>${legend}</p>${chosen(rollouts).map(row => rolloutHtml(row, processes))}`
}

/** Items that became errors: how many of each kind where that is said here, and the first ones, folded away where they are many. */
export const failuresHtml = ({ counts, failures }: FailuresPart): Html => {
  const kinds = Object.entries(counts).map(([tag, count]) => html`<li>${tag}: ${count}</li>`)
  const rows = failures.map(
    row =>
      html`<tr><td>${row.phase}</td><td>${row.stage}</td><td>${row.item}</td><td>${row.cause}. ${row.remedy}</td></tr>`,
  )
  const list = kinds.length === 0 ? '' : html`<ul>${kinds}</ul>`
  return html`${list}<details><summary>the first ${failures.length}</summary><table class="wrap"><thead><tr><th>phase</th><th>stage</th><th>item</th><th>why, and what to do</th></tr></thead><tbody>${rows}</tbody></table></details>`
}
