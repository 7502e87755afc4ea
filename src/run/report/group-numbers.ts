import type { RolloutRow } from '../rows.ts'

type Numbers = Readonly<Record<string, number>>

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

const scored = (rows: readonly RolloutRow[], process: string): readonly number[] =>
  rows.flatMap(({ rewards }) => rewards[process] ?? [])

const same = (values: readonly number[]): number => Number(new Set(values).size < 2)

/** The sum of a completion's rewards; nothing where one of them is not scored. */
const totalOf = ({ rewards }: RolloutRow): readonly number[] => {
  const values = Object.values(rewards)
  return values.includes(null) ? [] : [values.reduce<number>((sum, value) => sum + (value ?? 0), 0)]
}

const lengthsOf = (rows: readonly RolloutRow[]): Numbers => {
  const owners = new Set(rows.flatMap(({ segments = [] }) => segments.flatMap(({ process }) => process ?? [])))
  const tokens = (row: RolloutRow, process: string): number =>
    (row.segments ?? []).reduce((sum, one) => sum + (one.process === process ? (one.tokens?.length ?? 0) : 0), 0)
  return rows.some(({ segments = [] }) => segments.some(one => one.tokens !== undefined))
    ? Object.fromEntries([...owners].map(process => [`length/${process}`, mean(rows.map(row => tokens(row, process)))]))
    : {}
}

/**
 * What the completions of one question come to, by name: `reward/<process>`, `length/<process>` in tokens, `malformed` and
 * `truncated` as shares, `type/<problem type>` as the mean sum of rewards. Of several completions also, 1 or 0,
 * `same/sum` (their summed rewards are equal: GRPO learns nothing), `same/all` (the rewards of every process are: PA-GRPO learns
 * nothing) and `same/of/<process>`.
 */
export const numbersOfGroup = (rows: readonly RolloutRow[]): Numbers => {
  const processes = [...new Set(rows.flatMap(({ rewards }) => Object.keys(rewards)))]
  const totals = rows.flatMap(totalOf)
  const rewards = processes.flatMap(process => {
    const values = scored(rows, process)
    return values.length === 0 ? [] : [[`reward/${process}`, mean(values)] as const]
  })
  const constant = processes.map(process => [`same/of/${process}`, same(scored(rows, process))] as const)
  const compared =
    rows.length < 2 || processes.length === 0
      ? {}
      : {
          'same/sum': same(totals),
          'same/all': Number(constant.every(([, value]) => value === 1)),
          ...Object.fromEntries(constant),
        }
  const type = rows[0]?.problemType
  return {
    ...Object.fromEntries(rewards),
    ...lengthsOf(rows),
    malformed: mean(rows.map(({ malformed }) => Number(malformed !== undefined))),
    truncated: mean(rows.map(row => Number(row.truncated === true))),
    ...compared,
    ...(type === undefined || totals.length === 0 ? {} : { [`type/${type}`]: mean(totals) }),
  }
}
