import { createHash } from 'node:crypto'
import { type Draw, draw } from './charts.ts'
import { failuresHtml, rolloutsHtml } from './examples.ts'
import { type Html, html } from './html.ts'
import type { FactsPart, FiguresPart, Section, SectionPart, SettingsPart, TextPart } from './section.ts'
import type { Cell, ReportTable } from './table.ts'

const textHtml = ({ text, small = false }: TextPart): Html =>
  small ? html`<p><small>${text}</small></p>` : html`<p>${text}</p>`

const factsHtml = ({ facts }: FactsPart): Html =>
  html`<p class="facts">${facts.map(([name, value], index) => html`${index === 0 ? '' : ' · '}${name} <b>${value}</b>`)}</p>`

const settingsHtml = ({ settings }: SettingsPart): Html =>
  html`<table class="plain"><tbody>${settings.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td><code>${value}</code></td></tr>`,
  )}</tbody></table>`

/** What is wider than a phone is moved sideways by itself, by keys too. */
const scrolled = (table: Html): Html =>
  html`<div class="scroll" tabindex="0" role="region" aria-label="table">${table}</div>`

const figuresHtml = async ({ figures, fold, heading }: FiguresPart, drawn: Draw): Promise<Html> => {
  const charts = await Promise.all(figures.map(drawn))
  const head = heading === undefined ? '' : html`<h3>${heading}</h3>`
  const row = html`<div class="figures">${charts.map(chart => html`<figure>${chart}</figure>`)}</div>`
  return fold === undefined ? html`${head}${row}` : html`${head}<details><summary>${fold}</summary>${row}</details>`
}

/** Rows within rows are indented as deep as this; deeper ones stand under them. */
const deepest = 4

const numbered = (right: boolean): Html | string => (right ? html` class="number"` : '')

const cellHtml = (cell: Cell, right: boolean): Html => {
  if (typeof cell === 'string') return html`<td${numbered(right)}>${cell}</td>`
  if ('text' in cell) return html`<td${numbered(right)}>${cell.bold ? html`<b>${cell.text}</b>` : cell.text}</td>`
  const width = (100 * Math.min(1, Math.max(0, cell.bar))).toFixed(1)
  return html`<td class="bar"><i style="width:${width}%"></i></td>`
}

const tableHtml = ({ columns, rows, wrap = false, notes = [] }: ReportTable): Html => {
  const right = columns.slice(1).map(({ align }) => align === 'right')
  const body = rows.map(({ name, cells, depth = 0, total = false }) => {
    const inner = depth < 1 ? '' : html` class="inner d${Math.min(deepest, Math.floor(depth))}"`
    return html`<tr${total ? html` class="total"` : ''}><th scope="row"${inner}>${name}</th>${cells.map(
      (cell, column) => cellHtml(cell, right[column] ?? false),
    )}</tr>`
  })
  const head = columns.map(({ title, align }) => html`<th${numbered(align === 'right')}>${title}</th>`)
  const drawn = scrolled(
    html`<table${wrap ? html` class="wrap"` : ''}><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`,
  )
  return html`${drawn}${notes.map(note => html`<p>${note}</p>`)}`
}

const partHtml = (part: SectionPart, drawn: Draw): Html | Promise<Html> => {
  switch (part.kind) {
    case 'text':
      return textHtml(part)
    case 'facts':
      return factsHtml(part)
    case 'settings':
      return settingsHtml(part)
    case 'table':
      return tableHtml(part)
    case 'figures':
      return figuresHtml(part, drawn)
    case 'rollouts':
      return rolloutsHtml(part)
    case 'failures':
      return failuresHtml(part)
  }
}

/** A section under a name by which a link can lead to it. */
export interface PlacedSection extends Section {
  readonly id: string
}

const idOf = (title: string): string => `s-${createHash('sha256').update(title).digest('hex').slice(0, 12)}`

/** Sections with names that stay theirs where others come or go. */
export const placed = (sections: readonly Section[]): readonly PlacedSection[] => {
  const times = new Map<string, number>()
  return sections.map(section => {
    const id = idOf(section.title ?? '')
    const before = times.get(id) ?? 0
    times.set(id, before + 1)
    return { ...section, id: before === 0 ? id : `${id}-${before}` }
  })
}

/** A section as markup: its heading, when it has one, and its parts in their order. */
export const sectionHtml = async ({ title, parts, id }: PlacedSection, drawn: Draw = draw): Promise<Html> => {
  const all = await Promise.all(parts.map(part => partHtml(part, drawn)))
  return html`<section id="${id}">${title === undefined ? '' : html`<h2>${title}</h2>`}
${all}
</section>
`
}
