import type { PhaseCurves } from './curves.ts'
import type { LineFigure } from './figure.ts'
import type { SectionPart } from './section.ts'

const rounded = (value: number): string => String(Number(value.toPrecision(4)))

const remark = (text: string): readonly SectionPart[] => [{ kind: 'text', small: true, text }]

/** What is said in words of metrics that never change. */
export const constantsRemark = (figures: readonly LineFigure[]): readonly SectionPart[] => {
  const said = figures.map(({ title, points }) => {
    const value = points[0]?.y ?? null
    return `${title} ${value === null ? 'without a number' : rounded(value)}`
  })
  return said.length === 0 ? [] : remark(`The same at every step: ${said.join(', ')}.`)
}

/** What is said of metrics beyond the most that are drawn. */
export const leftOutRemark = (count: number): readonly SectionPart[] =>
  count > 0 ? remark(`${count} more metrics are in metrics.jsonl and in TensorBoard's file.`) : []

/** Rows of a table that are shown. */
const mostRows = 60

/** A table of metrics that no phase measured twice. */
export const measuredOnce = (phases: readonly PhaseCurves[], names: readonly string[]): readonly SectionPart[] => {
  const written = names.filter(name => phases.some(({ lines }) => lines.get(name)?.points.length === 1))
  const never = names.filter(name => !written.includes(name))
  const rows = written.slice(0, mostRows).map(name => ({
    name,
    cells: phases.map(({ lines }) => {
      const value = lines.get(name)?.points[0]?.y
      return value === undefined ? '–' : rounded(value)
    }),
  }))
  const columns = [
    { title: 'measured once' },
    ...phases.map(({ phase }) => ({ title: phase, align: 'right' }) as const),
  ]
  return [
    ...(rows.length === 0 ? [] : [{ kind: 'table', columns, rows } as const]),
    ...leftOutRemark(written.length - mostRows),
    ...(never.length === 0 ? [] : remark(`Never a number: ${never.slice(0, mostRows).join(', ')}.`)),
  ]
}
