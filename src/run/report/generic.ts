import { diagnosisSections } from '../diagnosis/diagnose.ts'
import { duration } from '../status.ts'
import type { Colours } from './figure.ts'
import type { RunRecord } from './load.ts'
import { metricSections } from './metrics.ts'
import type { Section, SettingsPart } from './section.ts'

const flat = (value: unknown, path = ''): readonly (readonly [string, string])[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, inner]) => flat(inner, path === '' ? key : `${path}.${key}`))
    : [[path, typeof value === 'string' ? value : (JSON.stringify(value) ?? '')]]

/** What JSON holds under dotted names, one a line. */
const settingsOf = (value: unknown): SettingsPart => ({ kind: 'settings', settings: flat(value) })

const timeSection = (seconds: Readonly<Record<string, number>>): Section => {
  const all = Object.entries(seconds)
  const longest = Math.max(...all.map(([, took]) => took), 1e-9)
  const total = all.reduce((sum, [, took]) => sum + took, 0)
  return {
    title: 'Time',
    parts: [
      {
        kind: 'table',
        columns: [{ title: 'phase' }, { title: 'time', align: 'right' }, { title: '' }],
        rows: [
          ...all.map(([name, took]) => ({ name, cells: [duration(took * 1000), { bar: took / longest }] })),
          { name: 'all', total: true, cells: [duration(total * 1000), ''] },
        ],
      },
    ],
  }
}

const coloursOf = (sections: readonly Section[]): Colours =>
  Object.assign(
    {},
    ...sections.flatMap(({ parts }) =>
      parts.flatMap(part => (part.kind === 'figures' ? part.figures.map(({ colours }) => colours ?? {}) : [])),
    ),
  )

const rolloutSection = ({ rollouts }: RunRecord): Section => ({
  title: 'Examples',
  parts: rollouts.length === 0 ? [{ kind: 'text', text: 'No rollouts were kept.' }] : [{ kind: 'rollouts', rollouts }],
})

const failureSection = ({ failures, failureCounts: counts }: RunRecord): Section => ({
  title: 'Failures',
  parts: failures.length === 0 ? [{ kind: 'text', text: 'None.' }] : [{ kind: 'failures', counts, failures }],
})

const unfinished: Section = {
  parts: [{ kind: 'text', text: 'This run is not finished: it has no summary.json yet.' }],
}

/** What every run can show of itself, whatever its pipeline is. */
const genericSections = (record: RunRecord): readonly Section[] => [
  ...diagnosisSections(record),
  ...metricSections(record.curves, coloursOf(record.given)),
  ...(Object.keys(record.seconds).length === 0 ? [] : [timeSection(record.seconds)]),
  rolloutSection(record),
  failureSection(record),
  ...(record.given.length === 0 && record.summary !== undefined
    ? [{ title: 'Summary', parts: [settingsOf(record.summary)] }]
    : []),
  { title: 'Settings', parts: [settingsOf(record.config)] },
]

/**
 * The sections of a run's page: those that were given for it, then what every run can show of itself. A section that
 * was given takes the place of a general one with the same title.
 */
export const pageSections = (record: RunRecord): readonly Section[] => {
  const titles = new Set(record.given.map(({ title }) => title))
  return [
    ...(record.summary === undefined ? [unfinished] : []),
    ...record.unread.map((text): Section => ({ parts: [{ kind: 'text', small: true, text }] })),
    ...record.given,
    ...genericSections(record).filter(({ title }) => !titles.has(title)),
  ]
}
