import type { Estimated95 } from '../../evaluation/index.ts'
import type { ReportTable } from '../../run/index.ts'
import type { Agreement } from './agreement.ts'

const right = (title: string) => ({ title, align: 'right' as const })

const percent = (found: Estimated95 | undefined): string =>
  found === undefined
    ? '–'
    : `${(100 * found.value).toFixed(1)} % [${(100 * found.low).toFixed(1)}, ${(100 * found.high).toFixed(1)}]`

const kappa = (found: Estimated95 | undefined): string =>
  found === undefined ? '–' : `${found.value.toFixed(2)} [${found.low.toFixed(2)}, ${found.high.toFixed(2)}]`

/** The tables of an agreement: judges against the person, and against each other. */
export const agreementTables = ({ withHuman, between, all }: Agreement): readonly ReportTable[] => [
  ...(withHuman.length === 0
    ? []
    : [
        {
          kind: 'table' as const,
          columns: [
            { title: 'judge' },
            ...['labelled', 'accuracy [95 %]', 'κ [95 %]', 'Yes, person No', 'No, person Yes', 'no verdict'].map(right),
          ],
          rows: withHuman.map(({ judge, compared, counts: [, yesNo, noYes], accuracy, kappa: found, unread }) => ({
            name: judge,
            cells: [String(compared), percent(accuracy), kappa(found), String(yesNo), String(noYes), String(unread)],
          })),
        },
      ]),
  ...(between.length === 0
    ? []
    : [
        {
          kind: 'table' as const,
          columns: [{ title: 'judges' }, ...['both judged', 'agree [95 %]', 'κ [95 %]'].map(right)],
          rows: [
            ...between.map(({ judges: [first, second], compared, agreement, kappa: found }) => ({
              name: `${first} and ${second}`,
              cells: [String(compared), percent(agreement), kappa(found)],
            })),
            ...(all === undefined
              ? []
              : [{ name: 'all (Fleiss)', total: true, cells: [String(all.compared), '', kappa(all.kappa)] }]),
          ],
        },
      ]),
]
