import type { BarFigure, LineFigure, Point } from 'kinograd/run'
import type { ArmSummary, Summary } from '../summary.ts'
import { policyColours as colours, nameOf } from './names.ts'

type Runs = Summary['runs']

const points = (
  runs: Runs,
  line: (run: ArmSummary) => readonly (readonly [x: number, y: number])[],
): readonly Point[] =>
  Object.entries(runs).flatMap(([arm, run]) => line(run).map(([x, y]) => ({ series: nameOf(arm), x, y })))

const measures = [
  ['Accuracy', 'share of answers right', 'accuracy'],
  ['Sufficient observations', 'share of observations', 'perceptionSufficiency'],
  ['Answers that follow the observation', 'share of answers', 'faithfulness'],
] as const

/** Accuracy, sufficiency of the observation and faithfulness while training, by arm. */
export const curveFigures = (runs: Runs): readonly LineFigure[] =>
  measures.map(([title, y, field]) => ({
    kind: 'lines',
    title,
    x: 'update',
    y,
    points: points(runs, ({ curve }) => curve.map(point => [point.update, point[field]])),
    colours,
  }))

/** Mean reward by process and the share of groups that teach nothing, update by update, by arm. */
export const rewardFigures = (runs: Runs): readonly LineFigure[] => {
  const processes = [...new Set(Object.values(runs).flatMap(run => run.rewardMean.flatMap(one => Object.keys(one))))]
  const rewards = processes.map(
    (name): LineFigure => ({
      kind: 'lines',
      title: `Reward of ${name}`,
      x: 'update',
      y: 'mean reward of a rollout',
      smooth: 5,
      points: points(runs, ({ rewardMean }) =>
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
    points: points(runs, run => run.equalRewardGroups.map((share, index) => [index + 1, share])),
    colours,
  }
  return [...rewards, equal]
}

/** Accuracy by problem type and policy. */
export const typeFigure = (policies: Summary['policies']): BarFigure => ({
  kind: 'bars',
  title: 'Accuracy by problem type',
  x: 'problem type',
  y: 'accuracy',
  bars: Object.entries(policies).flatMap(([policy, { accuracyByType }]) =>
    Object.entries(accuracyByType).map(([group, value]) => ({ group, series: nameOf(policy), value })),
  ),
  order: Object.keys(policies).map(nameOf),
  colours,
})
