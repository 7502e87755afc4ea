import type { ReportTable } from '../../run/index.ts'
import type { SimulationFindings } from './findings.ts'
import { dollars, inWords, signed } from './numbers.ts'

type FilledTable = ReportTable

const right = (title: string) => ({ title, align: 'right' }) as const

/** Updates by number of workers; nothing where no training was simulated. */
const trainingTable = ({ byWorkers }: SimulationFindings): readonly FilledTable[] => {
  const rows = byWorkers.flatMap(({ workers, training }) =>
    training === undefined
      ? []
      : [
          {
            name: String(workers),
            cells: [
              inWords(training.secondsPerUpdate),
              `${training.staleness.mean.toFixed(2)} (≤ ${training.staleness.most})`,
              inWords(training.seconds),
              dollars(training.dollars),
              training.bottleneck,
              ...[training.without.find(({ what }) => what === training.bottleneck)].map(one =>
                inWords(one?.seconds ?? 0),
              ),
              `${training.lost.looked + training.lost.judged}`,
            ],
          },
        ],
  )
  const columns = [
    ...[{ title: 'workers' }, right('an update'), right('staleness'), right('in all'), right('cost')],
    ...[{ title: 'held up by' }, right('without it'), right('lost')],
  ]
  return rows.length === 0 ? [] : [{ kind: 'table', columns, rows }]
}

/** Annotation by number of workers. */
const annotationTable = ({ byWorkers }: SimulationFindings): readonly FilledTable[] => {
  const rows = byWorkers.flatMap(({ workers, annotation }) =>
    annotation === undefined
      ? []
      : [
          {
            name: String(workers),
            cells: [
              inWords(annotation.seconds),
              annotation.perSecond.toFixed(2),
              dollars(annotation.dollars),
              annotation.bottleneck,
              ...[annotation.without.find(({ what }) => what === annotation.bottleneck)].map(one =>
                inWords(one?.seconds ?? 0),
              ),
              `${annotation.failed}`,
            ],
          },
        ],
  )
  const columns = [
    ...[{ title: 'workers' }, right('in all'), right('records a second'), right('cost')],
    ...[{ title: 'held up by' }, right('without it'), right('failed')],
  ]
  return rows.length === 0 ? [] : [{ kind: 'table', columns, rows }]
}

/** What was measured beside what the model says. */
const checksTable = ({ checks, within }: SimulationFindings): readonly FilledTable[] =>
  checks.length === 0
    ? []
    : [
        {
          kind: 'table',
          columns: [{ title: 'an update of' }, right('measured'), right('simulated'), right('off')],
          rows: checks.map(({ name, measured, simulated, off }) => ({
            name,
            cells: [inWords(measured), inWords(simulated), { text: signed(off), bold: Math.abs(off) > within }],
          })),
        },
      ]

/**
 * The tables of a simulation with their titles.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { findingsTables } from 'kinograd/simulation'
 *
 * const found = { name: 'mine', seed: 0, within: 0.15, byWorkers: [], checks: [{ name: 'run', measured: 2, simulated: 2.1, off: 0.05 }] }
 * assert.deepEqual(findingsTables(found).map(({ title }) => title), ['Beside what was measured'])
 * ```
 */
export const findingsTables = (
  found: SimulationFindings,
): readonly { readonly title: string; readonly table: ReportTable }[] => [
  ...trainingTable(found).map(table => ({ title: 'Training', table })),
  ...annotationTable(found).map(table => ({ title: 'Annotation', table })),
  ...checksTable(found).map(table => ({ title: 'Beside what was measured', table })),
]
