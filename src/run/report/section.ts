import { either as E, function as F } from 'fp-ts'
import * as t from 'io-ts'
import { type RunFault, runFault } from '../fault.ts'
import { failureRow, rolloutRow } from '../rows.ts'
import { type Figure, figure } from './figure.ts'
import { type ReportTable, table } from './table.ts'

const text = t.intersection(
  [t.type({ kind: t.literal('text'), text: t.string }), t.partial({ small: t.boolean })],
  'text',
)
/** A paragraph; a `small` one is a remark. */
export type TextPart = Readonly<t.TypeOf<typeof text>>

const pairs = t.readonlyArray(t.readonly(t.tuple([t.string, t.string])))

const facts = t.type({ kind: t.literal('facts'), facts: pairs }, 'facts')
/** Names with their values in one line of running text. */
export type FactsPart = Readonly<t.TypeOf<typeof facts>>

const settings = t.type({ kind: t.literal('settings'), settings: pairs }, 'settings')
/** Names with their values, one a line. */
export type SettingsPart = Readonly<t.TypeOf<typeof settings>>

const figures = t.intersection(
  [
    t.type({ kind: t.literal('figures'), figures: t.readonlyArray(figure) }),
    t.partial({
      /** They are folded away under these words. */
      fold: t.string,
      /** A heading of their own, under that of the section. */
      heading: t.string,
    }),
  ],
  'figures',
)
/** Figures side by side. */
export interface FiguresPart {
  readonly kind: 'figures'
  readonly figures: readonly Figure[]
  /** They are folded away under these words. */
  readonly fold?: string
  /** A heading of their own, under that of the section. */
  readonly heading?: string
}

const rollouts = t.type({ kind: t.literal('rollouts'), rollouts: t.readonlyArray(rolloutRow) }, 'rollouts')
/** Outputs with each process in its colour, its reward and its advantage. */
export type RolloutsPart = Readonly<t.TypeOf<typeof rollouts>>

const failures = t.type(
  {
    kind: t.literal('failures'),
    /** All of them, by tag. */
    counts: t.record(t.string, t.number),
    /** Those that are shown. */
    failures: t.readonlyArray(failureRow),
  },
  'failures',
)
/** Items that became errors: how many of each kind, and some of them in full. */
export type FailuresPart = Readonly<t.TypeOf<typeof failures>>

/** A piece of a section; `kind` says which. */
export type SectionPart = TextPart | FactsPart | SettingsPart | ReportTable | FiguresPart | RolloutsPart | FailuresPart

const part = t.union([text, facts, settings, table, figures, rollouts, failures], 'part')

/** A section of a run's page as data, which whoever knows the pipeline builds. */
export interface Section {
  /** Absent: its parts stand directly under the page's heading. */
  readonly title?: string
  readonly parts: readonly SectionPart[]
}

const section = t.intersection(
  [t.type({ parts: t.readonlyArray(part) }), t.partial({ title: t.string })],
  'section of a report',
)

const sections = t.readonlyArray(section, 'list of sections')

/** Sections as JSON gave them. `Left('BadRow')` names the place that is not as it should be. */
export const readSections = (from: string, value: unknown): E.Either<RunFault, readonly Section[]> =>
  F.pipe(
    sections.decode(value),
    E.mapLeft(errors => {
      const place = errors[0]?.context.map(({ key }) => key).filter(key => key !== '')
      const where = place === undefined || place.length === 0 ? '' : ` at ${place.join('.')}`
      return runFault(
        'BadRow',
        `${from} is not a list of sections${where}`,
        'Write the report again with other sections.',
      )
    }),
  )
