import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from 'kinograd/flow'
import { type MetricRow, metricRow, type Point, type ReportTable, readRows } from 'kinograd/run'
import type { Experiment, Findings } from './experiment.ts'
import { mainArms } from './main-arms.ts'
import { difference, mean, spread } from './spread.ts'
import { armsOf, type TrainedArm } from './trained-arm.ts'

/** The metrics that an update has of PA-GRPO and of GRPO on the same rollouts, as rows of the table. */
const measures: readonly (readonly [title: string, metric: string])[] = [
  ['constant groups: every process (PA-GRPO learns nothing)', 'same_rollouts/pa_grpo/constant_groups'],
  ['constant groups: perception', 'same_rollouts/pa_grpo/constant_groups/perception'],
  ['constant groups: reasoning (GRPO on the answer learns nothing)', 'same_rollouts/pa_grpo/constant_groups/reasoning'],
  ['constant groups: sum of rewards', 'same_rollouts/grpo/constant_groups'],
  ['variance of advantages: perception', 'same_rollouts/pa_grpo/perception/advantage_variance'],
  ['variance of advantages: reasoning', 'same_rollouts/pa_grpo/reasoning/advantage_variance'],
  ['variance of advantages: sum', 'same_rollouts/grpo/advantage_variance'],
  ['smallest absolute advantage: perception', 'same_rollouts/pa_grpo/perception/advantage_smallest'],
  ['smallest absolute advantage: reasoning', 'same_rollouts/pa_grpo/reasoning/advantage_smallest'],
  ['smallest absolute advantage: sum', 'same_rollouts/grpo/advantage_smallest'],
]

/** An arm of one seed with its updates. */
interface Logged extends TrainedArm {
  readonly name: string
  readonly rows: readonly MetricRow[]
}

const logged = (name: string, arm: TrainedArm): TE.TaskEither<Fault, Logged> =>
  F.pipe(
    readRows(metricRow, join(arm.directory, 'metrics.jsonl')),
    TE.map(rows => ({ ...arm, name, rows })),
  )

/** The mean of a metric over the updates of an arm that have it. */
const meanOf = ({ rows }: Logged, metric: string): number | undefined => {
  const values = rows.flatMap(({ values: all }) => all[metric] ?? [])
  return values.length === 0 ? undefined : mean(values)
}

const table = (all: readonly Logged[]): ReportTable => ({
  kind: 'table',
  columns: [
    { title: 'mean over updates' },
    ...mainArms.map(({ title }) => ({ title: `rollouts of ${title}`, align: 'right' as const })),
  ],
  rows: measures.map(([title, metric]) => ({
    name: title,
    cells: mainArms.map(({ name }) =>
      spread(all.filter(arm => arm.name === name).flatMap(arm => meanOf(arm, metric) ?? [])),
    ),
  })),
})

/** Constant groups update by update in the mean over seeds, of every arm by its own normaliser. */
const points = (all: readonly Logged[]): readonly Point[] =>
  mainArms.flatMap(({ name, title }) => {
    const runs = all.filter(arm => arm.name === name).map(({ run }) => run.equalRewardGroups)
    const updates = Math.min(...runs.map(({ length }) => length))
    return Array.from({ length: updates }, (_, i) => ({ series: title, x: i + 1, y: mean(runs.map(run => run[i]!)) }))
  })

const findings = (all: readonly Logged[]): Findings => {
  const own = (name: string) => all.filter(arm => arm.name === name).map(({ run }) => mean(run.equalRewardGroups))
  const same = (name: string, metric: string) =>
    all.filter(arm => arm.name === name).flatMap(arm => meanOf(arm, metric) ?? [])
  return {
    tables: [table(all)],
    figures: [
      {
        kind: 'lines',
        title: 'Constant groups by each arm’s own rewards',
        x: 'update',
        y: 'share of groups',
        range: [0, 1],
        smooth: 5,
        points: points(all),
      },
    ],
    notes: [
      `Each arm on its own rollouts, constant groups by its own rewards: GRPO ${spread(own('grpo'))}, sum ${spread(own('sum'))}, PA-GRPO ${spread(own('paGrpo'))}.`,
      difference('PA-GRPO’s share less GRPO’s, each on its own rollouts', own('paGrpo'), own('grpo')),
      difference(
        'On the same rollouts (GRPO’s): PA-GRPO’s constant groups less those of the answer’s reward',
        same('grpo', 'same_rollouts/pa_grpo/constant_groups'),
        same('grpo', 'same_rollouts/pa_grpo/constant_groups/reasoning'),
      ),
    ],
  }
}

/** Section 5.4: how many groups have equal rewards and teach nothing. */
export const collapse: Experiment = {
  name: 'collapse',
  title: 'Collapse of advantages',
  asks: 'Do fewer groups teach nothing when each process has its own reward (arXiv 2511.11113, section 5.4)?',
  how: 'GRPO on the answer’s reward, the sum of both rewards and PA-GRPO, each from the same fine-tuned policy. Every update is also asked what the other normaliser would have made of the same rollouts, so that the first table compares normalisers and not policies.',
  run: place =>
    F.pipe(
      armsOf(place, mainArms),
      TE.map(seeds => seeds.flatMap(({ arms }) => [...arms])),
      TE.flatMap(TE.traverseSeqArray(([name, arm]) => logged(name, arm))),
      TE.map(findings),
    ),
}
