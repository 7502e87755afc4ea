import type { PhaseCurves } from './curves.ts'
import { processOf } from './processes.ts'

/** Names of the metrics of phases, in the order in which they came up. */
export const metricNames = (phases: readonly PhaseCurves[]): readonly string[] => [
  ...new Set(phases.flatMap(({ lines }) => [...lines.keys()])),
]

const hasProcesses = (phase: PhaseCurves, processes: readonly string[]): boolean =>
  metricNames([phase]).some(name => processOf(name, processes).process !== undefined)

/** Whether two phases share at least half of the metrics of the one with fewer, and both have processes or neither has. */
const alike = (a: PhaseCurves, b: PhaseCurves, processes: readonly string[]): boolean => {
  const shared = metricNames([a]).filter(name => b.lines.has(name)).length
  return (
    2 * shared >= Math.min(a.lines.size, b.lines.size) &&
    shared > 0 &&
    hasProcesses(a, processes) === hasProcesses(b, processes)
  )
}

/** Phases in families that are drawn together: the arms of an experiment are one, what was done before them is another. */
export const phaseFamilies = (
  phases: readonly PhaseCurves[],
  processes: readonly string[],
): readonly (readonly PhaseCurves[])[] => {
  const all: PhaseCurves[][] = []
  for (const phase of phases) {
    const family = all.find(([first]) => first !== undefined && alike(first, phase, processes))
    if (family === undefined) all.push([phase])
    else family.push(phase)
  }
  return all
}
