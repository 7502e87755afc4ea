import { type DataType, dataTypes, type ProblemType, problemTypes } from '../../dataset/index.ts'
import type { ReportTable } from '../../run/index.ts'
import { type AnnotationTally, noSteps, plus, type Steps } from './tally.ts'

const percent = (part: number, whole: number): string => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`)

const right = (title: string) => ({ title, align: 'right' as const })

const stepsOf = ({ of }: AnnotationTally, medium: DataType, type: ProblemType): Steps => of[medium]?.[type] ?? noSteps

const sum = (all: readonly Steps[]): Steps => all.reduce(plus, noSteps)

const titles: Readonly<Record<ProblemType, string>> = {
  'multiple choice': 'MC',
  numerical: 'Numerical',
  OCR: 'OCR',
  'free-form': 'Free-form',
  regression: 'Regression',
}
const media: Readonly<Record<DataType, string>> = { image: 'Image', video: 'Video', frame: 'Frames' }

const cell = ({ sufficient, records }: Steps): string =>
  records === 0 ? '–' : `${sufficient} of ${records}, ${percent(sufficient, records)}`

/**
 * Kept chains by medium and problem type, as Table 3 of VideoP2R (arXiv 2511.11113) has them, each with the records that it is
 * what was left of.
 */
export const retentionTable = (tally: AnnotationTally): ReportTable => {
  const present = dataTypes.filter(medium => tally.of[medium] !== undefined)
  const row = (name: string, of: readonly DataType[], total: boolean) => ({
    name,
    ...(total ? { total } : {}),
    cells: [
      ...problemTypes.map(type => cell(sum(of.map(medium => stepsOf(tally, medium, type))))),
      cell(sum(of.flatMap(medium => problemTypes.map(type => stepsOf(tally, medium, type))))),
    ],
  })
  return {
    kind: 'table',
    columns: [{ title: 'kept' }, ...problemTypes.map(type => right(titles[type])), right('Sum')],
    rows: [...present.map(medium => row(media[medium], [medium], false)), row('Sum', present, true)],
  }
}

/** How many records each of the three steps let through, by problem type. */
export const stepsTable = (tally: AnnotationTally): ReportTable => {
  const cells = ({ records, annotated, verified, sufficient }: Steps): readonly string[] => [
    String(records),
    String(annotated),
    `${verified}, ${percent(verified, annotated)}`,
    `${sufficient}, ${percent(sufficient, verified)}`,
  ]
  const byType = problemTypes.map(type => [type, sum(dataTypes.map(medium => stepsOf(tally, medium, type)))] as const)
  return {
    kind: 'table',
    columns: [{ title: 'problem type' }, right('records'), right('annotated'), right('verified'), right('sufficient')],
    rows: [
      ...byType.filter(([, { records }]) => records > 0).map(([name, steps]) => ({ name, cells: cells(steps) })),
      { name: 'all', total: true, cells: cells(tally.all) },
    ],
  }
}
