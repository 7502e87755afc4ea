import { either as E } from 'fp-ts'
import { type ArmRunSummary, type PolicySummary, policyTable, type RunSummary, runSummary } from 'kinograd/recipe'
import { renderReport, tableText } from 'kinograd/run'
import { describe, expect, it } from 'vitest'
import { videop2rSummary } from '../../examples/videop2r/summary.ts'
import { armRuns } from '../../src/recipe/arm-runs.ts'
import { recipeSections } from '../../src/recipe/page/sections.ts'
import type { Arm } from '../../src/recipe/reinforcement.ts'
import { byArm } from '../../src/recipe/several-runs.ts'
import { exampleSummary } from './example-summary.ts'

const armOf = (name: string, title: string): Arm<string> => ({
  name,
  title,
  normaliser: () => [],
  rate: 1e-4,
  constantGroups: 'frac_reward_zero_std',
})

const rl = { arms: [armOf('grpo', 'GRPO'), armOf('sum', 'sum'), armOf('paGrpo', 'PA-GRPO')], seeds: 3 }

/** Accuracies of the three runs of each arm: PA-GRPO is above GRPO in all, and not above the sum. */
const reached: Readonly<Record<string, readonly number[]>> = {
  grpo: [0.2, 0.34, 0.24],
  sum: [0.36, 0.35, 0.4],
  paGrpo: [0.41, 0.35, 0.38],
}

const policy = (accuracy: number): PolicySummary => ({
  ...exampleSummary.policies.sft,
  accuracy,
  accuracyByType: { OCR: accuracy / 2 },
  perceptionSufficiency: accuracy,
})

const run = (accuracy: number): ArmRunSummary => ({
  updates: 2,
  learningRate: 1e-4,
  secondsPerUpdate: 1,
  tokensPerSecond: 100,
  rewardMean: [{ perception: accuracy }, { perception: 1 }],
  equalRewardGroups: [accuracy, 0],
  curve: [
    { update: 0, accuracy: 0.1 },
    { update: 2, accuracy },
  ],
})

const separate = {
  policies: {
    base: policy(0.1),
    sft: policy(0.2),
    ...Object.fromEntries(
      armRuns(rl, 7).map(({ run: { name, seed = 0 }, of }) => [name, policy(reached[of.name]![seed - 8]!)]),
    ),
  },
  runs: Object.fromEntries(
    armRuns(rl, 7).map(({ run: { name, seed = 0 }, of }) => [name, run(reached[of.name]![seed - 8]!)]),
  ),
}

const summary: RunSummary = { ...exampleSummary, ...byArm(separate, rl, 7) }

describe('arms that are run several times', () => {
  it('have a name, a title and a seed for each run, seed by seed', () => {
    const runs = armRuns(rl, 7).map(({ run: { name, title, seed } }) => [name, title, seed])
    expect(runs).toHaveLength(9)
    expect(runs.slice(2, 4)).toEqual([
      ['paGrpo-run-1', 'PA-GRPO, run 1', 8],
      ['grpo-run-2', 'GRPO, run 2', 9],
    ])
    expect(armRuns({ arms: rl.arms }, 7).map(({ run: { name } }) => name)).toEqual(['grpo', 'sum', 'paGrpo'])
  })

  it('stand in the summary as means with ranges and every seed', () => {
    expect(Object.keys(summary.policies)).toEqual(['base', 'sft', 'grpo', 'sum', 'paGrpo'])
    expect(summary.policies.grpo?.accuracy).toBeCloseTo(0.26, 12)
    expect(summary.policies.grpo?.ranges?.accuracy).toEqual([0.2, 0.34])
    expect(summary.policies.grpo?.ranges?.accuracyByType).toEqual({ OCR: [0.1, 0.17] })
    expect(summary.policies.sft).not.toHaveProperty('ranges')
    const { paGrpo } = summary.runs
    expect(
      paGrpo?.seeds?.map(({ seed, accuracy, perceptionSufficiency }) => [seed, accuracy, perceptionSufficiency]),
    ).toEqual([
      [8, 0.41, 0.41],
      [9, 0.35, 0.35],
      [10, 0.38, 0.38],
    ])
    expect(paGrpo?.rewardMean).toEqual([{ perception: expect.closeTo(0.38, 12) }, { perception: 1 }])
    expect(paGrpo?.curve.map(({ accuracy }) => accuracy)).toEqual([expect.closeTo(0.1, 12), expect.closeTo(0.38, 12)])
    const written: unknown = JSON.parse(JSON.stringify(summary))
    expect(runSummary.decode(written)).toEqual(E.right(summary))
    expect(E.isRight(videop2rSummary.decode(written))).toBe(true)
    expect(
      E.isLeft(runSummary.decode({ ...summary, runs: { ...summary.runs, sum: { ...summary.runs.sum, seeds: [{}] } } })),
    ).toBe(true)
  })

  it('end the table with what is beyond their spread and what is not, in 80 columns', () => {
    const lines = tableText(policyTable(summary)).split('\n')
    const drawn = lines.filter(line => /[│┌└├]/.test(line))
    for (const line of drawn) expect(line.length).toBeLessThanOrEqual(80)
    expect(drawn.filter(line => line.includes('lowest–highest'))[0]).toMatch(/\.200–\.340.*\.350–\.400.*\.350–\.410/)
    const said = lines.slice(drawn.length)
    expect(said).toContain('PA-GRPO − GRPO, accuracy: +0.120, beyond the spread of 3 runs (0.350–0.410, 0.200–0.340)')
    expect(said).toContain('PA-GRPO − sum, accuracy: +0.010, within the spread of 3 runs (0.350–0.410, 0.350–0.400)')
    expect(said.at(-1)).toBe('On the way, every run of PA-GRPO is above every run of GRPO from update 2 on.')
    expect(tableText(policyTable(exampleSummary))).toMatch(/may be luck/)
  })

  it('are drawn as means with bands', async () => {
    const page = await renderReport('r', recipeSections(summary))
    expect(page).toContain('means of all seeds; bands')
    expect(page.match(/aria-roledescription="area mark container"/g)?.length).toBeGreaterThan(0)
    expect(page).not.toMatch(/NaN|undefined|Infinity/)
  })
})
