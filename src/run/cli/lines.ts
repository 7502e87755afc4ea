import type { PhaseCurves } from '../report/curves.ts'
import type { RunRecord } from '../report/record.ts'
import type { SectionPart } from '../report/section.ts'
import { tableText } from '../report/table.ts'
import type { FailureRow, RolloutRow } from '../rows.ts'
import { duration } from '../status.ts'

const scores = ({ rewards, advantages }: RolloutRow): string => {
  const byProcess = new Map(Object.entries(advantages))
  return Object.entries(rewards)
    .map(([name, reward]) => `${name} ${reward ?? 'unscored'} (advantage ${(byProcess.get(name) ?? 0).toFixed(2)})`)
    .join(', ')
}

/** A rollout as text: question, right answer, rewards, and the output by process. */
export const rolloutLines = (row: RolloutRow): readonly string[] => {
  const { segments = [], completion } = row
  const pieces = segments.length === 0 ? [{ process: null, text: completion }] : segments
  return [
    `${row.phase} step ${row.step}, record ${row.id}${row.problemType === undefined ? '' : ` (${row.problemType})`}${row.problem === undefined ? '' : `: ${row.problem}`}`,
    ...(row.answer === undefined ? [] : [`  right answer: ${row.answer}`]),
    `  ${scores(row)}`,
    ...pieces
      .filter(({ text }) => text.trim() !== '')
      .map(({ process, text }) => `  ${process === null ? '' : `[${process}] `}${text.trim()}`),
  ]
}

/** A failure as text: where, of what, why, and what to do. */
export const failureLines = (row: FailureRow): readonly string[] => [
  `${row.phase}, ${row.stage}, ${row.item}: ${row.cause} (${row.tag}). ${row.remedy}`,
]

const shownMetrics = 6

const metricLine = ({ phase, steps, last }: PhaseCurves): string => {
  const values = Object.entries(last).map(([name, value]) => `${name} ${value === null ? '–' : value.toPrecision(4)}`)
  const more = values.length > shownMetrics ? `, ${values.length - shownMetrics} more` : ''
  return `  ${phase}: ${steps} steps; last ${values.slice(0, shownMetrics).join(', ')}${more}`
}

const partLines = (part: SectionPart): readonly string[] => {
  if (part.kind === 'facts') return [`  ${part.facts.map(([name, value]) => `${name} ${value}`).join(' · ')}`]
  return part.kind === 'table' ? tableText(part).split('\n') : []
}

/** A run as text: whether it is finished, its facts and tables, its phases, their last metrics, what else can be asked for. */
export const overviewLines = (record: RunRecord): readonly string[] => [
  `${record.name}: ${record.summary === undefined ? 'not finished' : 'finished'}`,
  ...record.unread.map(what => `  ${what}`),
  ...record.given.flatMap(({ title, parts }) => {
    const lines = parts.flatMap(partLines)
    return lines.length === 0 || title === undefined ? lines : [title, ...lines]
  }),
  ...Object.entries(record.seconds).map(([name, took]) => `  ${name} was finished in ${duration(took * 1000)}`),
  ...record.curves.map(metricLine),
  ...[...new Set(record.rollouts.map(({ phase }) => phase))].map(
    phase => `  rollouts of ${phase} (--rollouts --phase ${/\s/.test(phase) ? `'${phase}'` : phase})`,
  ),
  ...Object.entries(record.failureCounts).map(([tag, count]) => `  ${count} failures ${tag} (--failures)`),
]
