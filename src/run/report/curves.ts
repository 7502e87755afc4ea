import type { Collector } from '../read-rows.ts'
import type { MetricRow } from '../rows.ts'
import { type Line, type Place, thinned } from './thinned.ts'

/** What a phase wrote to metrics.jsonl. */
export interface PhaseCurves {
  readonly phase: string
  /** How many rows. */
  readonly steps: number
  /** The values of its last row. */
  readonly last: MetricRow['values']
  /** By name of the metric, in the order in which they came up: step and value. */
  readonly lines: ReadonlyMap<string, Line>
  /** By name of the metric: at how many steps it was not a finite number. Those that always were are not in it. */
  readonly notNumbers: ReadonlyMap<string, number>
}

interface Growing {
  steps: number
  last: MetricRow['values']
  readonly lines: Map<string, Collector<Place, Line>>
  readonly notNumbers: Map<string, number>
}

const pointsOfLine = 400
/** Phases and metrics of a phase of which curves are kept; what goes beyond is in metrics.jsonl. */
const [mostPhases, mostLines] = [200, 1000]

const grow = (phase: Growing, { step, values }: MetricRow): void => {
  phase.steps += 1
  phase.last = values
  for (const [name, value] of Object.entries(values)) {
    const line = phase.lines.get(name) ?? (phase.lines.size < mostLines ? thinned(pointsOfLine) : undefined)
    if (line === undefined) continue
    phase.lines.set(name, line)
    if (value === null) phase.notNumbers.set(name, (phase.notNumbers.get(name) ?? 0) + 1)
    else line.add({ x: step, y: value })
  }
}

/** The curves of every phase of a run, whatever its metrics are called. Holds at most 400 points of each of 1,000 metrics of 200 phases. */
export const curvesByPhase = (): Collector<MetricRow, readonly PhaseCurves[]> => {
  const phases = new Map<string, Growing>()
  return {
    add: row => {
      const known = phases.get(row.phase)
      if (known === undefined && phases.size >= mostPhases) return
      const phase = known ?? { steps: 0, last: {}, lines: new Map(), notNumbers: new Map() }
      phases.set(row.phase, phase)
      grow(phase, row)
    },
    all: () =>
      [...phases].map(([phase, { steps, last, lines, notNumbers }]) => ({
        phase,
        steps,
        last,
        lines: new Map([...lines].map(([name, line]) => [name, line.all()])),
        notNumbers: new Map(notNumbers),
      })),
  }
}
