import { type BarFigure, renderReport, type Section, type SectionPart } from '../../run/index.ts'
import type { WithoutPhase } from '../model/bottleneck.ts'
import type { SimulationFindings, WorkersFindings } from './findings.ts'
import { inWords, signed } from './numbers.ts'
import { findingsTables } from './tables.ts'

/** Bars of what all takes, and of what it would take without each kind of work, by number of workers. */
const bars = (
  byWorkers: readonly WorkersFindings[],
  about: { readonly title: string; readonly y: string },
  of: (one: WorkersFindings) => { readonly all: number; readonly without: readonly WithoutPhase[] } | undefined,
): BarFigure => {
  const known = byWorkers.flatMap(one => {
    const found = of(one)
    return found === undefined ? [] : [{ workers: one.workers, ...found }]
  })
  const series = ['as it is', ...(known[0]?.without ?? []).map(({ what }) => `without ${what}`)]
  return {
    ...{ kind: 'bars', x: 'workers', order: series, ...about },
    bars: known.flatMap(({ workers, all, without }) =>
      [all, ...without.map(({ seconds }) => seconds)].map((value, i) => ({
        ...{ group: String(workers), series: series[i] ?? '', value },
      })),
    ),
  }
}

const figures = ({ byWorkers }: SimulationFindings): readonly BarFigure[] => [
  ...(byWorkers.some(({ training }) => training !== undefined)
    ? [
        bars(byWorkers, { title: 'An update', y: 'seconds' }, ({ training }) =>
          training === undefined ? undefined : { all: training.secondsPerUpdate, without: training.without },
        ),
      ]
    : []),
  ...(byWorkers.some(({ annotation }) => annotation !== undefined)
    ? [
        bars(byWorkers, { title: 'Annotation', y: 'hours' }, ({ annotation }) =>
          annotation === undefined
            ? undefined
            : {
                all: annotation.seconds / 3600,
                without: annotation.without.map(({ what, seconds }) => ({ what, seconds: seconds / 3600 })),
              },
        ),
      ]
    : []),
]

const checkFigure = ({ checks }: SimulationFindings): BarFigure => ({
  ...{ kind: 'bars', title: 'Measured and simulated', x: '', y: 'seconds an update' },
  order: ['measured', 'simulated'],
  bars: checks.flatMap(({ name, measured, simulated }) => [
    { group: name, series: 'measured', value: measured },
    { group: name, series: 'simulated', value: simulated },
  ]),
})

/** What a simulation found, as sections of a page. */
const findingsSections = (found: SimulationFindings): readonly Section[] => {
  const { seed, calibration, checks, within } = found
  const facts: SectionPart = {
    kind: 'facts',
    facts: [
      ['seed', String(seed)],
      ...(calibration === undefined
        ? []
        : ([
            ['calibrated on', `${calibration.updates} updates`],
            ['a clip', inWords(calibration.look)],
          ] as const)),
      ...checks.map(({ name, off }) => [name, signed(off)] as const),
    ],
  }
  const remarks: SectionPart = {
    kind: 'text',
    small: true,
    text: `A discrete-event model: nothing of this was run. What holds up is the work without which all would be done soonest. Checks may be off by ${(100 * within).toFixed(0)} %.`,
  }
  const shown = figures(found)
  return [
    { parts: [remarks, facts] },
    ...(shown.length === 0 ? [] : [{ title: 'By workers', parts: [{ kind: 'figures', figures: shown } as const] }]),
    ...findingsTables(found).map(({ title, table }) => ({
      title,
      parts: title.startsWith('Beside')
        ? [table, { kind: 'figures', figures: [checkFigure(found)] } as const]
        : [table],
    })),
  ]
}

/**
 * A page of what a simulation found: one file that asks the network for nothing, as a run's page is.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { findingsPage } from 'kinograd/simulation'
 *
 * const found = { name: 'mine', seed: 0, within: 0.15, byWorkers: [], checks: [{ name: 'run', measured: 2, simulated: 2.1, off: 0.05 }] }
 * assert.match(await findingsPage(found), /Measured and simulated/)
 * ```
 */
export const findingsPage = (found: SimulationFindings): Promise<string> =>
  renderReport(found.name, findingsSections(found))
