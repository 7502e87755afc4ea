import Table from 'cli-table3'
import * as t from 'io-ts'
import { oneLine } from '../status.ts'

const words = t.intersection([t.type({ text: t.string }), t.partial({ bold: t.boolean })])
const bar = t.type({ bar: t.number })

/** A cell: text, text in bold, or a bar from 0 to 1 of the column's width. */
const cell = t.union([t.string, words, bar], 'cell')
/** A cell of a table: text, text in bold, or a bar whose length is a share between 0 and 1. */
export type Cell = string | Readonly<t.TypeOf<typeof words>> | Readonly<t.TypeOf<typeof bar>>

const column = t.intersection([t.type({ title: t.string }), t.partial({ align: t.literal('right') })], 'column')
const row = t.intersection(
  [
    t.type({ name: t.string, cells: t.readonlyArray(cell) }),
    t.partial({
      /** How deep the row stands under others: 0, or absent, for none. */
      depth: t.number,
      /** The row sums up those above it. */
      total: t.boolean,
    }),
  ],
  'row',
)

/** A table as data. The first column holds the names of the rows, the others their cells. */
export const table = t.intersection(
  [
    t.type({ kind: t.literal('table'), columns: t.readonlyArray(column), rows: t.readonlyArray(row) }),
    t.partial({
      /** Cells hold sentences. */
      wrap: t.boolean,
      /** What is to be said under it, a line each. */
      notes: t.readonlyArray(t.string),
    }),
  ],
  'table',
)
/** A table as data: which row stands under which, and what is bold, is said and not drawn. */
export type ReportTable = Readonly<t.TypeOf<typeof table>>

const textOf = (content: Cell): string => {
  if (typeof content === 'string') return oneLine(content)
  return 'bar' in content ? '▇'.repeat(Math.round(10 * Math.min(1, Math.max(0, content.bar)))) : oneLine(content.text)
}

/**
 * A table for a terminal: a row that stands under another is indented, nothing is coloured, control characters are
 * written as escapes.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { tableText } from 'kinograd/run'
 *
 * const text = tableText({
 *   kind: 'table',
 *   columns: [{ title: '' }, { title: 'mine', align: 'right' }],
 *   rows: [{ name: 'accuracy', cells: ['0.570'] }, { name: 'numerical', depth: 1, cells: [{ text: '0.600', bold: true }] }],
 * })
 * assert.match(text, /accuracy +│ 0\.570/)
 * assert.match(text, / {3}numerical +│ 0\.600/)
 * ```
 */
export const tableText = ({ columns, rows, notes = [] }: ReportTable): string => {
  const drawn = new Table({
    head: columns.map(({ title }) => oneLine(title)),
    colAligns: columns.map(({ align }) => (align === undefined ? 'left' : align)),
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  })
  for (const { name, depth = 0, cells } of rows)
    drawn.push([`${'  '.repeat(depth)}${oneLine(name)}`, ...cells.map(textOf)])
  return [drawn.toString(), ...notes.map(oneLine)].join('\n')
}
