import Table from 'cli-table3'
import type { Summary } from './summary.ts'

/** How policies are called in tables and figures; others go by their own names. */
export const policyNames: Readonly<Record<string, string>> = {
  base: 'base',
  sft: 'SFT',
  grpo: 'GRPO',
  sum: 'sum',
  paGrpo: 'PA-GRPO',
}

/** A line of the table: a measure and its value for each policy, in the order of `policies`; null where there is none. */
export interface Measure {
  readonly name: string
  readonly values: readonly (number | null)[]
  readonly format: 'share' | 'count'
}

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length

/** The end table as data: policies and what each reached. The share of equal-reward groups is a mean over updates. */
export const policyMeasures = (
  summary: Pick<Summary, 'policies' | 'runs'>,
): { readonly policies: readonly string[]; readonly measures: readonly Measure[] } => {
  const policies = Object.keys(summary.policies)
  const all = policies.flatMap(name => summary.policies[name] ?? [])
  const types = [...new Set(all.flatMap(policy => Object.keys(policy.accuracyByType)))]
  const measure = (name: string, of: (policy: (typeof all)[number]) => number | undefined): Measure => ({
    name,
    values: all.map(policy => of(policy) ?? null),
    format: 'share',
  })
  const measures = [
    measure('accuracy', policy => policy.accuracy),
    ...types.map(type => measure(`  ${type}`, policy => policy.accuracyByType[type])),
    measure('accuracy at T = 1', policy => policy.accuracyAtT1),
    measure('sufficient observation', policy => policy.perceptionSufficiency),
    measure('answer follows observation', policy => policy.faithfulness),
    measure('well-formed output', policy => policy.formatRate),
    measure('  sampled at T = 1', policy => policy.formatRateAtT1),
    measure('think–answer mismatch', policy => policy.thinkAnswerMismatch),
    {
      name: 'equal-reward groups',
      values: policies.map(name => mean(summary.runs[name]?.equalRewardGroups ?? [])),
      format: 'share' as const,
    },
    { name: 'clips evaluated', values: all.map(policy => policy.evaluated), format: 'count' as const },
  ].filter(({ values }) => values.some(value => value !== null))
  return { policies: policies.map(name => policyNames[name] ?? name), measures }
}

/** A share with three decimals, a count as it is, a dash for nothing. */
export const cell = (value: number | null, format: Measure['format']): string =>
  value === null ? '–' : format === 'share' ? value.toFixed(3) : String(value)

/** The end table for a terminal: one column a policy, one line a measure. */
export const policyTable = (summary: Pick<Summary, 'policies' | 'runs'>): string => {
  const { policies, measures } = policyMeasures(summary)
  const table = new Table({
    head: ['', ...policies],
    colAligns: ['left', ...policies.map(() => 'right' as const)],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  })
  for (const { name, values, format } of measures) table.push([name, ...values.map(value => cell(value, format))])
  return table.toString()
}
