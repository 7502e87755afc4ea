import type { Collector } from '../read-rows.ts'
import type { RolloutRow } from '../rows.ts'
import { numbersOfGroup } from './group-numbers.ts'
import { type Line, type Place, thinned } from './thinned.ts'

/** What the completions that were kept of a phase say, step by step: by the names of `numbersOfGroup`. */
export interface KeptCurves {
  readonly phase: string
  readonly lines: ReadonlyMap<string, Line>
}

/** Phases, and lines of a phase, that are kept. */
const [mostPhases, mostLines] = [200, 100]
const pointsOfLine = 400
/** Completions of one group that are looked at. */
const mostRows = 256

/** Means over the groups of one step. */
interface Step {
  readonly step: number
  readonly sums: Map<string, { sum: number; count: number }>
}

interface Growing {
  readonly lines: Map<string, Collector<Place, Line>>
  /** The step that is under way, and the rows of its last group. */
  step: Step
  key: string
  rows: RolloutRow[]
}

const withGroup = ({ step, sums: before }: Step, rows: readonly RolloutRow[]): Step => {
  const sums = new Map(before)
  for (const [name, value] of rows.length === 0 ? [] : Object.entries(numbersOfGroup(rows))) {
    const { sum, count } = sums.get(name) ?? { sum: 0, count: 0 }
    sums.set(name, { sum: sum + value, count: count + 1 })
  }
  return { step, sums }
}

const placesOf = ({ step, sums }: Step): readonly (readonly [string, Place])[] =>
  [...sums].map(([name, { sum, count }]) => [name, { x: step, y: sum / count }])

const settle = ({ lines, step, rows }: Growing): void => {
  for (const [name, place] of placesOf(withGroup(step, rows))) {
    const line = lines.get(name) ?? (lines.size < mostLines ? thinned(pointsOfLine) : undefined)
    if (line === undefined) continue
    lines.set(name, line)
    line.add(place)
  }
}

/** The lines with the step that is under way as their last point. */
const linesSoFar = ({ lines, step, rows }: Growing): ReadonlyMap<string, Line> => {
  const all = new Map([...lines].map(([name, line]) => [name, line.all()]))
  for (const [name, place] of placesOf(withGroup(step, rows))) {
    const { points, per } = all.get(name) ?? { points: [], per: 1 }
    all.set(name, { points: [...points, place], per })
  }
  return all
}

/** Curves from the completions of a log, whose groups and steps follow each other: for runs whose metrics say less than they could. */
export const keptCurves = (): Collector<RolloutRow, readonly KeptCurves[]> => {
  const phases = new Map<string, Growing>()
  return {
    add: row => {
      const known = phases.get(row.phase)
      if (known === undefined && phases.size >= mostPhases) return
      const key = JSON.stringify([row.step, row.id])
      const phase: Growing = known ?? { lines: new Map(), step: { step: row.step, sums: new Map() }, key, rows: [] }
      phases.set(row.phase, phase)
      if (row.step !== phase.step.step) {
        settle(phase)
        phase.step = { step: row.step, sums: new Map() }
        phase.rows = []
      } else if (key !== phase.key) {
        phase.step = withGroup(phase.step, phase.rows)
        phase.rows = []
      }
      phase.key = key
      if (phase.rows.length < mostRows) phase.rows.push(row)
    },
    all: () => [...phases].map(([phase, growing]) => ({ phase, lines: linesSoFar(growing) })),
  }
}
