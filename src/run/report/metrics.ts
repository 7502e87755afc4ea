import type { PhaseCurves } from './curves.ts'
import type { Colours, LineFigure } from './figure.ts'
import type { Section, SectionPart } from './section.ts'

/** Figures of a family that are shown at once; the others are folded away. */
const shown = 6
/** Figures of a family that are drawn at most, so that a page stays small. */
const most = 60
/** From so many points on a line is drawn as a mean over a pale raw line. */
const manyPoints = 40

const namesOf = (phases: readonly PhaseCurves[]): readonly string[] => [
  ...new Set(phases.flatMap(({ lines }) => [...lines.keys()])),
]

/** Whether two phases have most of their metrics in common, so that a figure of both says something. */
const alike = (a: PhaseCurves, b: PhaseCurves): boolean =>
  2 * [...a.lines.keys()].filter(name => b.lines.has(name)).length > namesOf([a, b]).length

/** Phases in families: those with most metrics in common are drawn together. */
const families = (phases: readonly PhaseCurves[]): readonly (readonly PhaseCurves[])[] => {
  const all: PhaseCurves[][] = []
  for (const phase of phases) {
    const family = all.find(([first]) => first !== undefined && alike(first, phase))
    if (family === undefined) all.push([phase])
    else family.push(phase)
  }
  return all
}

const lineFigure = (name: string, phases: readonly PhaseCurves[], colours: Colours): LineFigure => {
  const lines = phases.map(({ phase, lines }) => ({ phase, points: lines.get(name) ?? [] }))
  const longest = Math.max(...lines.map(({ points }) => points.length))
  return {
    kind: 'lines',
    title: name,
    x: 'step',
    y: '',
    points: lines.flatMap(({ phase, points }) => points.map(point => ({ series: phase, ...point }))),
    ...(longest > manyPoints ? { smooth: 2 * Math.floor(longest / 40) + 1 } : {}),
    colours,
  }
}

const rounded = (value: number): string => String(Number(value.toPrecision(4)))

/** The one value of a line that never changed; undefined where it did. */
const constantOf = ({ points }: LineFigure): number | null | undefined =>
  points.every(({ y }) => y === points[0]?.y) ? (points[0]?.y ?? null) : undefined

const figuresOf = (figures: readonly LineFigure[], fold?: string): readonly SectionPart[] =>
  figures.length === 0 ? [] : [{ kind: 'figures', figures, ...(fold === undefined ? {} : { fold }) }]

const remark = (text: string): SectionPart => ({ kind: 'text', small: true, text })

/** What is said in words of metrics without a figure: those that never change, and those beyond the most that are drawn. */
const remarks = (all: readonly LineFigure[], leftOut: number): readonly SectionPart[] => {
  const constants = all.flatMap(one => {
    const value = constantOf(one)
    return value === undefined ? [] : [`${one.title} ${value === null ? 'without a number' : rounded(value)}`]
  })
  return [
    ...(constants.length === 0 ? [] : [remark(`The same at every step: ${constants.join(', ')}.`)]),
    ...(leftOut > 0 ? [remark(`${leftOut} more metrics are in metrics.jsonl and in TensorBoard's file.`)] : []),
  ]
}

const familySection = (phases: readonly PhaseCurves[], colours: Colours): Section => {
  const all = namesOf(phases).map(name => lineFigure(name, phases, colours))
  const changing = all.filter(one => constantOf(one) === undefined)
  const folded = changing.slice(shown, most)
  return {
    title: `Metrics of ${phases.map(({ phase }) => phase).join(', ')}`,
    parts: [
      ...figuresOf(changing.slice(0, shown)),
      ...figuresOf(folded, `${folded.length} more`),
      ...remarks(all, changing.length - most),
    ],
  }
}

/**
 * Curves of everything that a run wrote to metrics.jsonl, under the names it gave: a section for each family of phases
 * with the same metrics, a line a phase. `colours` are those that the run's own figures give to its phases.
 */
export const metricSections = (phases: readonly PhaseCurves[], colours: Colours): readonly Section[] =>
  families(phases).map(family => familySection(family, colours))
