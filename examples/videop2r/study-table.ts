import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { runSummary } from 'kinograd/recipe'
import { type Cell, cellsOf, titleOf } from './study-cell.ts'
import { curveFigure } from './study-figure.ts'

/*
 * npm run study-table -- FOLDER OUT: reads the run folders of a study and writes tables.md (every number of the study, by arm, rate
 * and seed) and two figures into OUT.
 */

interface Seed {
  readonly seed: string
  readonly sft: Cell['policy']
  readonly cells: readonly Cell[]
}

const readSeed = async (folder: string, seed: string): Promise<Seed | undefined> => {
  const text = await readFile(join(folder, seed, 'summary.json'), 'utf8').catch(() => 'null')
  const read = runSummary.decode(JSON.parse(text))
  const sft = E.isRight(read) ? read.right.policies.sft : undefined
  return E.isLeft(read) || sft === undefined ? undefined : { seed, sft, cells: cellsOf(read.right) }
}

/** Numbers of policies, where they were measured. */
const known = (values: readonly (number | undefined)[]): readonly number[] =>
  values.filter(value => value !== undefined)

const stepped = (policy: Cell['policy']): number => policy.accuracyByType.numerical ?? Number.NaN
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
const shown = (value: number): string => (Number.isFinite(value) ? value.toFixed(3).replace(/^0/, '') : '–')
const spread = (values: readonly number[]): string =>
  values.length === 0 ? '–' : `${shown(mean(values))} (${shown(Math.min(...values))}–${shown(Math.max(...values))})`

const summaryTable = (seeds: readonly Seed[]): readonly string[] => {
  const groups = new Map<string, Cell[]>()
  for (const c of seeds.flatMap(({ cells }) => cells)) {
    const key = `${titleOf(c.arm)} | ${c.rate}`
    groups.set(key, [...(groups.get(key) ?? []), c])
  }
  const line = (name: string, policies: readonly Cell['policy'][]): string =>
    `| ${name} | ${policies.length} | ${spread(policies.map(stepped))} | ${spread(policies.map(p => p.accuracy))} | ${spread(policies.flatMap(p => (p.accuracyAtT1 === undefined ? [] : [p.accuracyAtT1])))} | ${spread(known(policies.map(p => p.perceptionSufficiency)))} | ${spread(known(policies.map(p => p.faithfulness)))} | ${spread(known(policies.map(p => p.thinkAnswerMismatch)))} |`
  return [
    '| arm | learning rate | runs | stepped questions, greedy | all, greedy | all, T = 1 | sufficient observation | answer follows observation | mismatch |',
    '|---|---|---|---|---|---|---|---|---|',
    line(
      'SFT | –',
      seeds.map(({ sft }) => sft),
    ),
    ...[...groups]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, cells]) =>
        line(
          name,
          cells.map(c => c.policy),
        ),
      ),
  ]
}

const cellTable = (seeds: readonly Seed[]): readonly string[] => {
  const types = [...new Set(seeds.flatMap(({ sft }) => Object.keys(sft.accuracyByType)))].sort()
  const line = (seed: string, name: string, p: Cell['policy'], equal: string): string =>
    `| ${seed} | ${name} | ${types.map(type => shown(p.accuracyByType[type] ?? Number.NaN)).join(' | ')} | ${shown(p.accuracyAtT1 ?? Number.NaN)} | ${shown(p.perceptionSufficiency ?? Number.NaN)} | ${shown(p.faithfulness ?? Number.NaN)} | ${equal} |`
  const equalOf = ({ run }: Cell): string => {
    const half = Math.floor(run.equalRewardGroups.length / 2)
    return `${shown(mean(run.equalRewardGroups.slice(0, half)))} / ${shown(mean(run.equalRewardGroups.slice(half)))}`
  }
  return [
    `| SFT seed | arm, rate, RL seed | ${types.join(' | ')} | all, T = 1 | sufficient | follows | equal-reward groups, first / second half |`,
    `|---|---|${types.map(() => '---').join('|')}|---|---|---|---|`,
    ...seeds.flatMap(({ seed, sft, cells }) => [
      line(seed, 'SFT', sft, '–'),
      ...[...cells]
        .sort((a, b) => a.arm.localeCompare(b.arm) || a.rate - b.rate || a.rlSeed - b.rlSeed)
        .map(c => line(seed, `${titleOf(c.arm)} ${c.rate}, ${c.rlSeed}`, c.policy, equalOf(c))),
    ]),
  ]
}

/** Each arm's own best rate: the highest mean accuracy on the development split at the last update, over all of its runs. */
const bestRates = (cells: readonly Cell[]): ReadonlyMap<string, number> => {
  const means = new Map<string, { readonly rate: number; readonly dev: number }>()
  for (const { arm, rate } of cells) {
    const runs = cells.filter(c => c.arm === arm && c.rate === rate)
    const dev = mean(runs.map(({ run }) => run.curve.at(-1)?.accuracy ?? 0))
    if (dev > (means.get(arm)?.dev ?? -1)) means.set(arm, { rate, dev })
  }
  return new Map([...means].map(([arm, { rate }]) => [arm, rate]))
}

/** What PA-GRPO gains over the others on stepped questions, pair by pair of seeds. */
const gains = (seeds: readonly Seed[]): readonly string[] => {
  const best = bestRates(seeds.flatMap(({ cells }) => cells))
  const low = 8e-5
  const pairs = (ours: number | undefined, arm: string, theirs: number | undefined) =>
    seeds.flatMap(({ cells }) =>
      cells
        .filter(c => c.arm === 'paGrpo' && c.rate === ours)
        .flatMap(c => {
          const other = cells.find(o => o.arm === arm && o.rate === theirs && o.rlSeed === c.rlSeed)
          return other === undefined ? [] : [stepped(c.policy) - stepped(other.policy)]
        }),
    )
  const line = (name: string, values: readonly number[]): string =>
    `| ${name} | ${spread(values)} | ${values.filter(v => v > 0).length} of ${values.length} |`
  const bestRate = best.get('paGrpo')
  const start = seeds.flatMap(({ sft, cells }) =>
    cells.filter(c => c.arm === 'paGrpo' && c.rate === bestRate).map(c => stepped(c.policy) - stepped(sft)),
  )
  return [
    `Own best rates by mean accuracy on the development split: ${[...best].map(([arm, rate]) => `${titleOf(arm)} ${rate}`).join(', ')}.`,
    '',
    '| PA-GRPO minus … on stepped questions | mean (range) | ahead |',
    '|---|---|---|',
    line('SFT', start),
    line('GRPO, each at its own best', pairs(bestRate, 'grpo', best.get('grpo'))),
    line('sum, each at its own best', pairs(bestRate, 'sum', best.get('sum'))),
    line(`sum, both at ${low}`, pairs(low, 'sum', low)),
    '',
  ]
}

const [folder = 'runs/study', out = 'docs/results'] = process.argv.slice(2)
const names = (await readdir(folder)).filter(name => name.startsWith('seed-')).sort()
const seeds = (await Promise.all(names.map(name => readSeed(folder, name)))).filter(seed => seed !== undefined)
const text = [...summaryTable(seeds), '', ...gains(seeds), ...cellTable(seeds), ''].join('\n')
await writeFile(join(out, 'tables.md'), text)
for (const [name, measure, title] of [
  ['accuracy', 'accuracy', 'Accuracy on the way'],
  ['sufficiency', 'perceptionSufficiency', 'Sufficient observations on the way'],
] as const)
  await writeFile(
    join(out, `${name}.svg`),
    await curveFigure(
      seeds.flatMap(({ cells }) => cells),
      measure,
      title,
    ),
  )
process.stdout.write(text)
