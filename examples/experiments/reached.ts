import type { PolicySummary } from 'kinograd/recipe'
import type { BarFigure, ReportTable } from 'kinograd/run'
import { mean, spread } from './spread.ts'
import type { ArmSpec, TrainedArm } from './trained-arm.ts'

/** What policies of one kind reached, one a seed, under the name that a table has for them. */
export interface Reached {
  readonly title: string
  readonly policies: readonly PolicySummary[]
}

/** What arms reached, each with the policies of all seeds that have it. */
export const reachedBy = (
  arms: readonly Pick<ArmSpec, 'name' | 'title'>[],
  seeds: readonly { readonly arms: ReadonlyMap<string, Pick<TrainedArm, 'policy'>> }[],
): readonly Reached[] =>
  arms.map(({ name, title }) => ({ title, policies: seeds.flatMap(seed => seed.arms.get(name)?.policy ?? []) }))

/** A measure of a policy. */
type Read = (policy: PolicySummary) => number | undefined

const columns: readonly (readonly [title: string, read: Read])[] = [
  ['accuracy', policy => policy.accuracy],
  ['stepped questions', policy => policy.accuracyByType.numerical],
  ['multiple choice', policy => policy.accuracyByType['multiple choice']],
  ['OCR', policy => policy.accuracyByType.OCR],
  ['sufficient observation', policy => policy.perceptionSufficiency],
  ['answer follows', policy => policy.faithfulness],
  ['mismatch', policy => policy.thinkAnswerMismatch],
]

/** Accuracies of policies, in the order of their seeds. */
export const accuracies = ({ policies }: Reached): readonly number[] => policies.map(({ accuracy }) => accuracy)

/** A row a policy: mean and range over seeds of everything that is measured. */
export const reachedTable = (rows: readonly Reached[]): ReportTable => ({
  kind: 'table',
  columns: [{ title: 'policy' }, ...columns.map(([title]) => ({ title, align: 'right' as const }))],
  rows: rows.map(({ title, policies }) => ({
    name: title,
    cells: columns.map(([, read]) => spread(policies.flatMap(policy => read(policy) ?? []))),
  })),
})

/** Accuracy and sufficiency as bars, with lines from the lowest to the highest seed. */
export const reachedFigure = (title: string, rows: readonly Reached[]): BarFigure => ({
  kind: 'bars',
  title,
  x: '',
  y: 'share, means over seeds; lines: lowest to highest',
  order: ['accuracy', 'sufficient observation'],
  bars: rows.flatMap(({ title: group, policies }) =>
    [columns[0]!, columns[4]!].flatMap(([series, read]) => {
      const values = policies.flatMap(policy => read(policy) ?? [])
      return values.length === 0
        ? []
        : [{ group, series, value: mean(values), low: Math.min(...values), high: Math.max(...values) }]
    }),
  ),
})
