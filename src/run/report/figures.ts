import type { Summary } from '../summary.ts'
import { policyNames } from '../table.ts'
import { barChart, lineChart, type Point } from './charts.ts'
import { type Html, html } from './html.ts'

const nameOf = (arm: string): string => policyNames[arm] ?? arm

const row = (charts: readonly Html[]): Html =>
  html`<div class="figures">${charts.map(chart => html`<figure>${chart}</figure>`)}</div>`

const points = (runs: Summary['runs'], of: (run: Summary['runs'][string]) => readonly (readonly [number, number])[]) =>
  Object.entries(runs).flatMap(([arm, run]) => of(run).map(([x, y]): Point => ({ series: nameOf(arm), x, y })))

/** Accuracy, sufficiency of the observation and faithfulness while training, by arm. */
export const curveFigures = async ({ runs }: Summary): Promise<Html> => {
  const measures = [
    ['Accuracy', 'share of answers right', 'accuracy'],
    ['Sufficient observations', 'share of observations', 'perceptionSufficiency'],
    ['Answers that follow the observation', 'share of answers', 'faithfulness'],
  ] as const
  const charts = await Promise.all(
    measures.map(([title, y, field]) =>
      lineChart({ title, y, x: 'update', points: points(runs, run => run.curve.map(at => [at.update, at[field]])) }),
    ),
  )
  return row(charts)
}

/** Mean reward by process and the share of groups that teach nothing, update by update, by arm. */
export const rewardFigures = async ({ runs }: Summary): Promise<Html> => {
  const processes = [...new Set(Object.values(runs).flatMap(run => run.rewardMean.flatMap(one => Object.keys(one))))]
  const rewards = processes.map(name =>
    lineChart({
      title: `Reward of ${name}`,
      x: 'update',
      y: 'mean reward of a rollout',
      smooth: 5,
      points: points(runs, run =>
        run.rewardMean.flatMap((one, at) => {
          const reward = one[name]
          return reward === undefined ? [] : [[at + 1, reward] as const]
        }),
      ),
    }),
  )
  const equal = lineChart({
    title: 'Groups with equal rewards',
    x: 'update',
    y: 'share of groups',
    range: [0, 1],
    smooth: 5,
    points: points(runs, run => run.equalRewardGroups.map((share, at) => [at + 1, share])),
  })
  return row(await Promise.all([...rewards, equal]))
}

/** Accuracy by problem type and policy. */
export const typeFigure = async ({ policies }: Summary): Promise<Html> => {
  const bars = Object.entries(policies).flatMap(([policy, { accuracyByType }]) =>
    Object.entries(accuracyByType).map(([group, value]) => ({ group, series: nameOf(policy), value })),
  )
  const order = Object.keys(policies).map(nameOf)
  return row([await barChart({ title: 'Accuracy by problem type', x: 'problem type', y: 'accuracy', bars, order })])
}
