import { isComparison } from './collapse-section.ts'
import { coloursInOrder } from './colours.ts'
import type { PhaseCurves } from './curves.ts'
import type { Colours, LineFigure } from './figure.ts'
import { figureOfLines, type NamedLine, rangeOf } from './line-figure.ts'
import { constantsRemark, leftOutRemark, measuredOnce } from './metric-words.ts'
import { metricNames, phaseFamilies } from './phase-families.ts'
import { type NamedMetric, processOf } from './processes.ts'
import type { Section, SectionPart } from './section.ts'
import { topicOf, topics } from './topics.ts'

/** Figures of a topic that are shown at once; the others are folded away. */
const shown = 6
/** Figures side by side. */
const row = 3
/** Figures of a family that are drawn at most, so that a page stays small. */
const most = 60

/** How the curves of a run are drawn. */
export interface CurveOptions {
  /** Those that the run's own figures give to its phases. */
  readonly colours: Colours
  readonly processes: readonly string[]
}

const linesOf = (phases: readonly PhaseCurves[], name: string, series?: string): readonly NamedLine[] =>
  phases.flatMap(({ phase, lines }) => {
    const line = lines.get(name)
    return line === undefined ? [] : [{ series: series ?? phase, line }]
  })

const byKind = (metrics: readonly NamedMetric[]): ReadonlyMap<string, readonly NamedMetric[]> => {
  const kinds = new Map<string, NamedMetric[]>()
  for (const metric of metrics) kinds.set(metric.kind, [...(kinds.get(metric.kind) ?? []), metric])
  return kinds
}

/** What a chart is called in which a process is each line. */
const kindTitle = (kind: string): string => `${kind.replace('*', '‹process›')}`

/**
 * The charts of one kind of metric: of a single phase one chart, a line a process; of several arms a chart a process, all with the
 * same heights, a line an arm.
 */
const figuresOfKind = (
  kind: string,
  metrics: readonly NamedMetric[],
  phases: readonly PhaseCurves[],
  { colours, processes }: CurveOptions,
): readonly LineFigure[] => {
  const each = metrics.map(({ name, process }) => linesOf(phases, name, phases.length > 1 ? undefined : process))
  if (phases.length === 1 && metrics.length > 1)
    return [figureOfLines(kindTitle(kind), each.flat(), { colours: coloursInOrder(processes) })]
  const range = metrics.length > 1 ? rangeOf(each.flat()) : undefined
  return metrics.map(({ name }, place) => {
    const own = phases.length > 1 ? colours : { ...coloursInOrder(processes), ...colours }
    return figureOfLines(name, each[place]!, { colours: own, range })
  })
}

const isChanging = ({ points }: LineFigure): boolean => points.some(({ y }) => y !== points[0]?.y)

const drawn = (figures: readonly LineFigure[], heading: string | undefined): readonly SectionPart[] => {
  const head = heading === undefined ? {} : { heading }
  // Folding one row away is not worth a click.
  const first = figures.length <= shown + row ? figures.length : shown
  const folded = figures.slice(first)
  return [
    ...(figures.length === 0 ? [] : [{ kind: 'figures', figures: figures.slice(0, first), ...head } as const]),
    ...(folded.length === 0 ? [] : [{ kind: 'figures', figures: folded, fold: `${folded.length} more` } as const]),
  ]
}

const familySection = (phases: readonly PhaseCurves[], options: CurveOptions): Section => {
  const names = metricNames(phases).filter(name => !isComparison(name))
  const once = names.filter(name => linesOf(phases, name).every(({ line }) => line.points.length < 2))
  const repeated = names.filter(name => !once.includes(name))
  const kinds = byKind(repeated.map(name => processOf(name, options.processes)))
  const figures = [...kinds].map(([kind, metrics]) => ({
    topic: topicOf(kind),
    figures: figuresOfKind(kind, metrics, phases, options),
  }))
  const byTopic = topics.map(topic => ({
    topic,
    figures: figures.filter(one => one.topic === topic).flatMap(one => one.figures.filter(isChanging)),
  }))
  const count = byTopic.reduce((sum, one) => sum + one.figures.length, 0)
  const filled = count <= shown ? [{ topic: '', figures: byTopic.flatMap(one => one.figures) }] : byTopic
  let room = most
  const parts = filled.flatMap(({ topic, figures: all }) => {
    const within = all.slice(0, room)
    room -= within.length
    return drawn(within, all.length < count ? topic : undefined)
  })
  const constant = figures.flatMap(one => one.figures.filter(figure => !isChanging(figure)))
  return {
    title: `Metrics of ${phases.map(({ phase }) => phase).join(', ')}`,
    parts: [...measuredOnce(phases, once), ...parts, ...constantsRemark(constant), ...leftOutRemark(count - most)],
  }
}

/**
 * Curves of everything that a run wrote to metrics.jsonl, under the names it gave: a section for each family of phases
 * with the same metrics, in it charts by topic and by process.
 */
export const metricSections = (phases: readonly PhaseCurves[], options: CurveOptions): readonly Section[] =>
  phaseFamilies(phases, options.processes).map(family => familySection(family, options))
