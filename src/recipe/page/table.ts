import type { Cell, ReportTable } from '../../run/index.ts'
import { mean } from '../mean.ts'
import type { PolicySummary, Range, RunSummary } from '../summary.ts'
import { nameOf, type PolicyNames, usualNames } from './names.ts'
import { spreadLines } from './spread.ts'

type Row = ReportTable['rows'][number]
type Value = number | undefined

const share = (value: Value): string => (value === undefined ? '–' : value.toFixed(3))

/** A row of shares; the highest is bold where a row says so. */
const shares = (
  name: string,
  values: readonly Value[],
  how: { depth?: number; best?: boolean } = {},
): readonly Row[] => {
  const known = values.filter(value => value !== undefined)
  if (known.length === 0) return []
  const highest = how.best === true ? Math.max(...known) : undefined
  const cells = values.map(
    (value): Cell => (value !== undefined && value === highest ? { text: share(value), bold: true } : share(value)),
  )
  return [{ name, cells, ...(how.depth === undefined ? {} : { depth: how.depth }) }]
}

/** Between which values the runs of each policy lie, under the row of their means; nothing where none has several runs. */
const spread = (ranges: readonly (Range | undefined)[]): readonly Row[] =>
  ranges.every(range => range === undefined)
    ? []
    : [
        {
          name: 'lowest–highest',
          depth: 1,
          cells: ranges.map(range =>
            range === undefined ? '' : range.map(end => end.toFixed(3).replace(/^0|(?<=^1)\.000$/, '')).join('–'),
          ),
        },
      ]

const extremes = (values: readonly number[]): Range | undefined =>
  values.length < 2 ? undefined : [Math.min(...values), Math.max(...values)]

const meanOf = (values: readonly number[] = []): Value => (values.length === 0 ? undefined : mean(values))

/**
 * What each policy reached: one column a policy, one row a measure; the highest accuracy of a row is bold. The share of
 * equal-reward groups is a mean over updates. Where arms have several runs, rows are means, with the lowest and the highest under them,
 * and the last lines say which differences of arms are beyond that spread.
 */
export const policyTable = (
  { policies, runs }: Pick<RunSummary, 'policies' | 'runs'>,
  names: PolicyNames = usualNames,
): ReportTable => {
  const all = Object.values(policies)
  const types = [...new Set(all.flatMap(policy => Object.keys(policy.accuracyByType)))]
  const each = (measure: (policy: PolicySummary) => Value): readonly Value[] => all.map(measure)
  return {
    kind: 'table',
    columns: [
      { title: '' },
      ...Object.keys(policies).map(name => ({ title: nameOf(name, names), align: 'right' as const })),
    ],
    rows: [
      ...shares(
        'accuracy',
        each(policy => policy.accuracy),
        { best: true },
      ),
      ...spread(all.map(policy => policy.ranges?.accuracy)),
      ...types.flatMap(type =>
        shares(
          type,
          each(policy => policy.accuracyByType[type]),
          { depth: 1, best: true },
        ),
      ),
      ...shares(
        'accuracy at T = 1',
        each(policy => policy.accuracyAtT1),
        { best: true },
      ),
      ...spread(all.map(policy => policy.ranges?.accuracyAtT1)),
      ...shares(
        'sufficient observation',
        each(policy => policy.perceptionSufficiency),
      ),
      ...spread(all.map(policy => policy.ranges?.perceptionSufficiency)),
      ...shares(
        'follows the observation',
        each(policy => policy.faithfulness),
      ),
      ...spread(all.map(policy => policy.ranges?.faithfulness)),
      ...shares(
        'well-formed output',
        each(policy => policy.formatRate),
      ),
      ...shares(
        'sampled at T = 1',
        each(policy => policy.formatRateAtT1),
        { depth: 1 },
      ),
      ...shares(
        'think–answer mismatch',
        each(policy => policy.thinkAnswerMismatch),
      ),
      ...shares(
        'equal-reward groups',
        Object.keys(policies).map(name => meanOf(runs[name]?.equalRewardGroups)),
      ),
      ...spread(
        Object.keys(policies).map(name =>
          extremes((runs[name]?.seeds ?? []).flatMap(run => meanOf(run.equalRewardGroups) ?? [])),
        ),
      ),
      { name: 'clips evaluated', cells: all.map(({ evaluated }) => String(evaluated)) },
    ],
    notes: spreadLines({ runs }, names),
  }
}
