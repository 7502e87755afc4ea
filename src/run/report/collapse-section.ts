import type { PhaseCurves } from './curves.ts'
import type { LineFigure } from './figure.ts'
import type { KeptCurves } from './kept-curves.ts'
import { figureOfLines, type NamedLine } from './line-figure.ts'
import { processOf } from './processes.ts'
import type { Section } from './section.ts'
import type { Line } from './thinned.ts'

/** Metrics under this name compare normalisers on the same rollouts: `same_rollouts/<normaliser>/constant_groups`, also by process. */
const compared = /^same_rollouts\/([^/]+)\/(.+)$/
/** Phases that are drawn at most. */
const mostPhases = 12

/** Whether a metric is drawn here and not with the others. */
export const isComparison = (name: string): boolean => compared.test(name)

interface PhaseCollapse {
  readonly phase: string
  readonly lines: readonly NamedLine[]
}

/** How normalisers are called on the page; others go by their own names. */
const names: ReadonlyMap<string, string> = new Map([
  ['grpo', 'GRPO, rewards summed'],
  ['sum', 'GRPO, rewards summed'],
  ['pa_grpo', 'PA-GRPO'],
])

/** What a metric compares, and of which normaliser and process it says it. */
const comparisonOf = (
  name: string,
  processes: readonly string[],
): { readonly quantity: string; readonly series: string } | undefined => {
  const [, normaliser, rest] = compared.exec(name) ?? []
  if (normaliser === undefined || rest === undefined) return undefined
  const { process, kind } = processOf(rest, processes)
  const called = names.get(normaliser) ?? normaliser
  return process === undefined
    ? { quantity: rest, series: called }
    : {
        quantity: kind
          .split('/')
          .filter(part => part !== '*')
          .join('/'),
        series: `${called}: ${process}`,
      }
}

/** What a phase compared itself, by quantity. */
const comparisonsOf = (
  { lines }: PhaseCurves,
  processes: readonly string[],
): ReadonlyMap<string, readonly NamedLine[]> => {
  const all = new Map<string, readonly NamedLine[]>()
  for (const [name, line] of lines) {
    const found = comparisonOf(name, processes)
    if (found !== undefined)
      all.set(found.quantity, [...(all.get(found.quantity) ?? []), { series: found.series, line }])
  }
  return all
}

const constantGroups = 'constant_groups'

const named = (
  lines: ReadonlyMap<string, Line>,
  [sum, all, ofProcess]: readonly [sum: string, all: string, ofProcess: string],
  processes: readonly string[],
): readonly NamedLine[] => {
  const pick = (name: string, series: string): readonly NamedLine[] => {
    const line = lines.get(name)
    return line === undefined ? [] : [{ series, line }]
  }
  const both = [...pick(sum, 'GRPO, rewards summed'), ...pick(all, 'PA-GRPO')]
  return both.length < 2
    ? []
    : [...both, ...processes.flatMap(process => pick(`${ofProcess}${process}`, `GRPO, ${process} alone`))]
}

const trl = ['frac_reward_zero_std', 'frac_reward_zero_std/pa_grpo', 'frac_reward_zero_std/'] as const
const ofKept = ['same/sum', 'same/all', 'same/of/'] as const

/** What is known best of each phase: what it compared itself, its own metrics of all groups, the groups that were kept. */
const collapseOf = (
  phases: readonly PhaseCurves[],
  kept: readonly KeptCurves[],
  processes: readonly string[],
): readonly PhaseCollapse[] => {
  const names = [...new Set([...phases, ...kept].map(({ phase }) => phase))]
  return names.flatMap(phase => {
    const metrics = phases.find(one => one.phase === phase)
    const groups = kept.find(one => one.phase === phase)
    const found = [
      ...(metrics === undefined
        ? []
        : [
            { phase, lines: comparisonsOf(metrics, processes).get(constantGroups) ?? [] },
            { phase, lines: named(metrics.lines, trl, processes) },
          ]),
      ...(groups === undefined || processes.length < 2
        ? []
        : [{ phase, lines: named(groups.lines, ofKept, processes) }]),
    ].find(({ lines }) => lines.length > 0)
    return found === undefined ? [] : [found]
  })
}

/** The mean of a line over all its steps. */
const meanOf = ({ points }: Line): number => points.reduce((sum, { y }) => sum + y, 0) / Math.max(1, points.length)

const colours = { 'GRPO, rewards summed': '#d55e00', 'PA-GRPO': '#0072b2' }

const figureOf = ({ phase, lines }: PhaseCollapse): LineFigure =>
  figureOfLines(phase, lines, { colours, range: [-0.02, 1.02], y: 'share of groups' })

/** Charts of the other quantities that a comparison wrote, as the size of advantages. */
const otherFigures = (phases: readonly PhaseCurves[], processes: readonly string[]): readonly LineFigure[] =>
  phases.flatMap(phase =>
    [...comparisonsOf(phase, processes)].flatMap(([quantity, lines]) =>
      quantity === constantGroups ? [] : [figureOfLines(`${phase.phase}: ${quantity}`, lines, { colours })],
    ),
  )

const words =
  'The share of groups from which nothing is learned, as each normaliser sees the very same rollouts: GRPO with the rewards summed, or with the reward of one process alone, finds nothing where those are equal; PA-GRPO only where every process has equal rewards.'

/** How many groups teach nothing, under GRPO and under PA-GRPO, on the same rollouts; nothing where no run says it. */
export const collapseSections = (
  phases: readonly PhaseCurves[],
  kept: readonly KeptCurves[],
  processes: readonly string[],
): readonly Section[] => {
  const all = collapseOf(phases, kept, processes).slice(0, mostPhases)
  if (all.length === 0) return []
  const series = [...new Set(all.flatMap(({ lines }) => lines.map(one => one.series)))]
  const others = otherFigures(phases, processes).slice(0, mostPhases)
  return [
    {
      title: 'Collapse on the same rollouts',
      parts: [
        { kind: 'text', small: true, text: words },
        {
          kind: 'table',
          columns: [
            { title: 'mean over all steps' },
            ...all.map(({ phase }) => ({ title: phase, align: 'right' }) as const),
          ],
          rows: series.map(name => ({
            name,
            cells: all.map(({ lines }) => {
              const line = lines.find(one => one.series === name)?.line
              return line === undefined ? '–' : `${(100 * meanOf(line)).toFixed(1)} %`
            }),
          })),
        },
        { kind: 'figures', figures: all.map(figureOf) },
        ...(others.length === 0 ? [] : [{ kind: 'figures', figures: others } as const]),
      ],
    },
  ]
}
