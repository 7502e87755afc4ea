import { diagnosisSections } from '../diagnosis/diagnose.ts'
import { duration } from '../status.ts'
import { collapseSections } from './collapse-section.ts'
import { failureTable } from './failure-kinds.ts'
import type { Colours } from './figure.ts'
import { keptSections } from './kept-sections.ts'
import { metricSections } from './metrics.ts'
import { processNames } from './processes.ts'
import type { RunRecord } from './record.ts'
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

const failureSection = ({ failures, failureKinds }: RunRecord): Section => ({
  title: 'Failures',
  parts:
    failures.length === 0
      ? [{ kind: 'text', text: 'None.' }]
      : [failureTable(failureKinds), { kind: 'failures', counts: {}, failures }],
})

/** What the curves and the completions of any run show. */
const learningSections = (record: RunRecord): readonly Section[] => {
  const { curves, kept, groups, given } = record
  const processes = processNames(curves, groups.processes)
  return [
    ...metricSections(curves, { colours: coloursOf(given), processes }),
    ...keptSections(kept, curves, processes),
    ...collapseSections(curves, kept, processes),
  ]
}

/** What a page that does not grow says of a run that may. */
export const unfinished: Section = {
  parts: [{ kind: 'text', text: 'This run is not finished: it has no summary.json yet.' }],
}

/** In one line: how far each phase is, what was kept and what failed. */
const factsSection = ({ curves, groups, failureCounts }: RunRecord): readonly Section[] => {
  const kept = groups.phases.reduce((sum, { of }) => sum + of, 0)
  const failed = Object.values(failureCounts).reduce((sum, count) => sum + count, 0)
  const facts: readonly (readonly [string, string])[] = [
    ...curves.slice(0, 12).map(({ phase, steps }) => [phase, steps === 1 ? '1 step' : `${steps} steps`] as const),
    ...(kept === 0 ? [] : [['groups', String(kept)] as const]),
    ...(failed === 0 ? [] : [['failures', String(failed)] as const]),
  ]
  return facts.length === 0 ? [] : [{ parts: [{ kind: 'facts', facts: facts.map(([a, b]) => [a, b] as const) }] }]
}

/** The sections of a page, with the place of the browser of groups among them. */
export interface PageSections {
  readonly before: readonly Section[]
  readonly after: readonly Section[]
}

/**
 * The sections of a run's page: those that were given for it, then what every run can show of itself. A section that
 * was given takes the place of a general one with the same title.
 */
export const pageSections = (record: RunRecord): PageSections => {
  const { summary, unread, given, seconds, config } = record
  const titles = new Set(given.map(({ title }) => title))
  const others = (sections: readonly Section[]) =>
    sections.filter(({ title }) => title === undefined || !titles.has(title))
  return {
    before: [
      ...unread.map((text): Section => ({ parts: [{ kind: 'text', small: true, text }] })),
      ...factsSection(record),
      ...given,
      ...others([...diagnosisSections(record), ...learningSections(record)]),
    ],
    after: others([
      rolloutSection(record),
      failureSection(record),
      ...(Object.keys(seconds).length === 0 ? [] : [timeSection(seconds)]),
      ...(given.length === 0 && summary !== undefined ? [{ title: 'Summary', parts: [settingsOf(summary)] }] : []),
      ...(config === undefined ? [] : [{ title: 'Settings', parts: [settingsOf(config)] }]),
    ]),
  }
}
