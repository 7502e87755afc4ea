import type { ReportTable } from '../../run/index.ts'
import type { Retention, RetentionByType } from '../summary.ts'

const percent = (part: number, whole: number): string => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`)

const cells = ({ annotated, verified, sufficient }: Retention): readonly string[] => [
  String(annotated),
  String(verified),
  percent(verified, annotated),
  String(sufficient),
  percent(sufficient, annotated),
]

/** Records annotated, verified and found sufficient, by problem type. */
export const retentionTable = ({ byType, ...all }: RetentionByType): ReportTable => ({
  kind: 'table',
  columns: [
    { title: 'problem type' },
    ...['annotated', 'verified', 'of annotated', 'sufficient', 'of annotated'].map(title => ({
      title,
      align: 'right' as const,
    })),
  ],
  rows: [
    ...Object.entries(byType).map(([name, one]) => ({ name, cells: cells(one) })),
    { name: 'all', total: true, cells: cells(all) },
  ],
})
