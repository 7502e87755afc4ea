import type { Benchmark, Compared, MeanScore, Scored, Scores, Share } from '../evaluation/index.ts'
import type { ReportTable, Terminal } from '../run/index.ts'
import { tableText } from '../run/index.ts'
import type { Diagnosis } from './eval-diagnose.ts'
import { statusOn } from './going-on.ts'

const percent = (share: number): string => (100 * share).toFixed(1)

const measured = (found: MeanScore | undefined): string =>
  found === undefined ? '–' : `${percent(found.value)} [${percent(found.low)}, ${percent(found.high)}]`

const cells = ({ answered, accuracy, mra }: Scored): readonly string[] => [
  String(answered),
  measured(accuracy),
  measured(mra),
]

/** More rows than that of one label stand in summary.json alone. */
const mostRows = 24

/** The figures as a table: all, and under it each label with its values. */
export const scoresTable = (scores: Scores): ReportTable => ({
  kind: 'table',
  columns: [
    { title: '' },
    ...['answered', 'accuracy, % [95 %]', 'MRA, % [95 %]'].map(title => ({ title, align: 'right' as const })),
  ],
  rows: [
    { name: 'all', cells: cells(scores) },
    ...Object.entries(scores.by).flatMap(([label, values]) => {
      const rows = Object.entries(values)
      return rows.length > mostRows
        ? [{ name: label, depth: 1, cells: [`${rows.length} values: summary.json`, '', ''] }]
        : [
            { name: label, depth: 1, cells: ['', '', ''] },
            ...rows.map(([value, scored]) => ({ name: value, depth: 2, cells: cells(scored) })),
          ]
    }),
  ],
})

const shareText = ({ yes, of, value, low, high }: Share): string =>
  value === undefined || low === undefined || high === undefined
    ? 'of none'
    : `${percent(value)} % [${percent(low)}, ${percent(high)}] (${yes} of ${of})`

/** What is said below the table. */
export const scoresText = (
  scores: Scores,
  total: number,
  { adherence, mismatch, reader }: Diagnosis,
): readonly string[] => {
  const { overall, answered, failed, reasons, read, outside } = scores
  const why = Object.entries(reasons).map(([tag, count]) => `${tag} ${count}`)
  return [
    ...(overall === undefined ? [] : [`Overall: ${measured(overall)} over ${overall.of} questions.`]),
    `${answered} of ${total} answered, ${failed} failed${why.length === 0 ? '' : ` (${why.join(', ')})`}: failed questions are in no score.`,
    `Answers stood in tags ${read.tags} times, in prose ${read.prose}, and ${read.none} times nothing could be read but the text itself${outside === 0 ? '' : `; ${outside} were letters beyond the options`}.`,
    `Template: ${shareText(adherence)} of outputs by chance keep to it.`,
    ...(mismatch.of === 0
      ? []
      : [
          `Think–answer mismatch of multiple choice, read by ${reader}: ${shareText(mismatch)}; ${mismatch.failed} could not be measured.`,
        ]),
    'Intervals hold 95 % (Wilson; of a mean of two by the normal distribution).',
  ]
}

/** The quirks of the benchmarks that were met, as sentences. */
export const quirksText = (met: readonly Benchmark[]): readonly string[] =>
  met.flatMap(({ title, quirk }) => (quirk === undefined ? [] : [`${title}: ${quirk}`]))

const signed = (share: number): string => `${share > 0 ? '+' : ''}${percent(share)}`

/** What a comparison says. */
export const comparedText = (first: string, second: string, found: Compared): readonly string[] => {
  const { items, leftOut, difference, onlyFirst, onlySecond, p } = found
  return [
    `A ${first}: ${measured(found.first)} %`,
    `B ${second}: ${measured(found.second)} %`,
    `B − A: ${signed(difference.value)} points [${signed(difference.low)}, ${signed(difference.high)}] (paired bootstrap, 95 %), over ${items} questions${leftOut === 0 ? '' : `; ${leftOut} failed in one or both and are left out`}`,
    `Only A right: ${onlyFirst}; only B right: ${onlySecond}; McNemar, exact: p = ${p < 0.0001 ? p.toExponential(1) : p.toFixed(4)}`,
    difference.low > 0 || difference.high < 0
      ? 'The difference is beyond chance at 95 %.'
      : 'The difference may be chance.',
  ]
}

/** A line of progress: live on a terminal, one a while elsewhere. */
export const watchingEval = (terminal: Terminal) => {
  const status = statusOn(terminal)
  status.begin('eval')
  return {
    progress: (done: number, total: number, failed: number, mean: number | undefined) =>
      status.progress(
        'eval',
        done,
        total,
        `${mean === undefined ? '' : `mean reward ${mean.toFixed(3)}, `}${failed} failed`,
      ),
    close: () => status.close(),
  }
}

/** A table as lines. */
export const tableLines = (table: ReportTable): readonly string[] => tableText(table).split('\n')
