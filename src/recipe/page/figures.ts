import type { BarFigure, LineFigure } from '../../run/index.ts'
import type { ArmRunSummary, RunSummary } from '../summary.ts'
import { policyColours as colours, nameOf, type PolicyNames } from './names.ts'

type Runs = RunSummary['runs']

type Reading = (run: ArmRunSummary) => readonly (readonly [x: number, y: number])[]

/** The heights that several runs have at each place. */
const heights = (runs: readonly ArmRunSummary[], line: Reading): ReadonlyMap<number, readonly number[]> => {
  const at = new Map<number, number[]>()
  for (const [x, y] of runs.flatMap(line)) at.set(x, [...(at.get(x) ?? []), y])
  return at
}

/** A line an arm, and behind it the band in which its runs lie, where there are several. */
const linesOf = (runs: Runs, names: PolicyNames, line: Reading): Pick<LineFigure, 'points' | 'bands' | 'note'> => {
  const bands = Object.entries(runs).flatMap(([arm, { seeds = [] }]) =>
    [...heights(seeds, line)].map(([x, ys]) => ({
      series: nameOf(arm, names),
      x,
      low: Math.min(...ys),
      high: Math.max(...ys),
    })),
  )
  return {
    points: Object.entries(runs).flatMap(([arm, run]) =>
      line(run).map(([x, y]) => ({ series: nameOf(arm, names), x, y })),
    ),
    ...(bands.length === 0 ? {} : { bands, note: 'means of all seeds; bands: from the lowest to the highest' }),
  }
}

const measures = [
  ['Accuracy', 'share of answers right', 'accuracy'],
  ['Sufficient observations', 'share of observations', 'perceptionSufficiency'],
  ['Answers that follow the observation', 'share of answers', 'faithfulness'],
] as const

/** Accuracy, sufficiency of the observation and faithfulness while training, by arm: those that were looked at. */
export const curveFigures = (runs: Runs, names: PolicyNames): readonly LineFigure[] =>
  measures
    .map(
      ([title, y, field]): LineFigure => ({
        kind: 'lines',
        title,
        x: 'update',
        y,
        ...linesOf(runs, names, ({ curve }) =>
          curve.flatMap(({ update, ...point }) => {
            const value = point[field]
            return value === undefined ? [] : [[update, value] as const]
          }),
        ),
        colours,
      }),
    )
    .filter(figure => figure.points.length > 0)

/** Mean reward by process and the share of groups that teach nothing, update by update, by arm. */
export const rewardFigures = (runs: Runs, names: PolicyNames): readonly LineFigure[] => {
  const processes = [...new Set(Object.values(runs).flatMap(run => run.rewardMean.flatMap(one => Object.keys(one))))]
  const rewards = processes.map(
    (name): LineFigure => ({
      kind: 'lines',
      title: `Reward of ${name}`,
      x: 'update',
      y: 'mean reward of a rollout',
      smooth: 5,
      ...linesOf(runs, names, ({ rewardMean }) =>
        rewardMean.flatMap((one, index) => {
          const reward = one[name]
          return reward === undefined ? [] : [[index + 1, reward] as const]
        }),
      ),
      colours,
    }),
  )
  const equal: LineFigure = {
    kind: 'lines',
    title: 'Groups with equal rewards',
    x: 'update',
    y: 'share of groups',
    range: [0, 1],
    smooth: 5,
    ...linesOf(runs, names, run => run.equalRewardGroups.map((share, index) => [index + 1, share])),
    colours,
  }
  return [...rewards, equal]
}

/** Accuracy by problem type and policy. */
export const typeFigure = (policies: RunSummary['policies'], names: PolicyNames): BarFigure => ({
  kind: 'bars',
  title: 'Accuracy by problem type',
  x: 'problem type',
  y: 'accuracy',
  bars: Object.entries(policies).flatMap(([policy, { accuracyByType }]) =>
    Object.entries(accuracyByType).map(([group, value]) => ({ group, series: nameOf(policy, names), value })),
  ),
  order: Object.keys(policies).map(policy => nameOf(policy, names)),
  colours,
})
