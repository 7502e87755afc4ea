import { type ArmsAndSeeds, armRuns } from './arm-runs.ts'
import { mean } from './mean.ts'
import type { Arm } from './reinforcement.ts'
import type { ArmRunSummary, ArmSummary, PolicySummary, Ranges, RunSummary } from './summary.ts'

/** A number of each of several things, where every one of them has it. */
const ofAll = <A, B>(
  all: readonly A[],
  read: (one: A) => number | undefined,
  make: (values: readonly number[]) => B,
): B | undefined => {
  const values = all.flatMap(one => read(one) ?? [])
  return values.length === all.length ? make(values) : undefined
}

type Named = Readonly<Record<string, number>>

/** Numbers under names, each of all that have it. */
const byName = <B>(all: readonly Named[], make: (values: readonly number[]) => B): Record<string, B> =>
  Object.fromEntries(
    [...new Set(all.flatMap(one => Object.keys(one)))].map(name => [name, make(all.flatMap(one => one[name] ?? []))]),
  )

/** The entries of lists that stand at one place in all of them. */
const places = <A>(lists: readonly (readonly A[])[]): readonly (readonly A[])[] =>
  Array.from({ length: Math.min(...lists.map(list => list.length)) }, (_, at) =>
    lists.flatMap(list => list.slice(at, at + 1)),
  )

const extremes = (values: readonly number[]): readonly [number, number] => [Math.min(...values), Math.max(...values)]

/** The measures that every policy may have. */
const optional = [
  'perceptionSufficiency',
  'faithfulness',
  'thinkAnswerMismatch',
  'accuracyAtT1',
  'formatRateAtT1',
] as const

/** Single measures of all policies, those that every one has. */
const measured = <B>(
  all: readonly PolicySummary[],
  make: (values: readonly number[]) => B,
): Partial<Record<(typeof optional)[number], B>> =>
  Object.fromEntries(
    optional.flatMap(name => {
      const value = ofAll(all, one => one[name], make)
      return value === undefined ? [] : [[name, value] as const]
    }),
  )

const rangesOf = (all: readonly PolicySummary[]): Ranges => ({
  accuracy: extremes(all.map(one => one.accuracy)),
  accuracyByType: byName(
    all.map(one => one.accuracyByType),
    extremes,
  ),
  formatRate: extremes(all.map(one => one.formatRate)),
  ...measured(all, extremes),
})

/** Policies as one: means, and between which values they lie. There is at least one. */
const meanPolicy = (all: readonly PolicySummary[]): PolicySummary => ({
  accuracy: mean(all.map(one => one.accuracy)),
  accuracyByType: byName(
    all.map(one => one.accuracyByType),
    mean,
  ),
  formatRate: mean(all.map(one => one.formatRate)),
  evaluated: Math.min(...all.map(one => one.evaluated)),
  ...measured(all, mean),
  ranges: rangesOf(all),
})

/** Runs of an arm as one: means, update by update. There is at least one. */
const meanRun = (all: readonly ArmRunSummary[]): ArmRunSummary => {
  const rate = ofAll(all, one => one.learningRate, mean)
  const byProcess = all.flatMap(one =>
    one.equalRewardGroupsByProcess === undefined ? [] : [one.equalRewardGroupsByProcess],
  )
  return {
    updates: Math.min(...all.map(one => one.updates)),
    ...(rate === undefined ? {} : { learningRate: rate }),
    secondsPerUpdate: mean(all.map(one => one.secondsPerUpdate)),
    tokensPerSecond: mean(all.map(one => one.tokensPerSecond)),
    rewardMean: places(all.map(one => one.rewardMean)).map(at => byName(at, mean)),
    equalRewardGroups: places(all.map(one => one.equalRewardGroups)).map(mean),
    ...(byProcess.length < all.length
      ? {}
      : { equalRewardGroupsByProcess: places(byProcess).map(at => byName(at, mean)) }),
    curve: places(all.map(one => one.curve)).map(points => {
      const sufficient = ofAll(points, one => one.perceptionSufficiency, mean)
      const faithful = ofAll(points, one => one.faithfulness, mean)
      return {
        update: points[0]?.update ?? 0,
        accuracy: mean(points.map(one => one.accuracy)),
        ...(sufficient === undefined ? {} : { perceptionSufficiency: sufficient }),
        ...(faithful === undefined ? {} : { faithfulness: faithful }),
      }
    }),
  }
}

/** What the runs of a recipe's arms came to, each by its name. */
interface Separate {
  readonly policies: RunSummary['policies']
  readonly runs: Readonly<Record<string, ArmRunSummary>>
}

/**
 * Arms in the places of their runs: where an arm was run several times, its policy and its run are means, and every run stands in `seeds`.
 * Pure.
 */
export const byArm = (
  separate: Separate,
  rl: ArmsAndSeeds<Arm<string>>,
  seed: number,
): Pick<RunSummary, 'policies' | 'runs'> => {
  const all = armRuns(rl, seed)
  const several = all.filter(({ run, of }) => run !== of)
  if (several.length === 0) return separate
  const names = new Set(several.map(({ run }) => run.name))
  const others = Object.entries(separate.policies).filter(([name]) => !names.has(name))
  const arms = rl.arms.map(arm => {
    const mine = several.filter(({ of }) => of === arm).map(({ run }) => run)
    const policies = mine.flatMap(({ name }) => separate.policies[name] ?? [])
    const seeds = mine.flatMap(({ name, seed: its = seed }) => {
      const how = separate.runs[name]
      return how === undefined ? [] : [{ seed: its, ...how, ...separate.policies[name] }]
    })
    return { name: arm.name, policies, seeds }
  })
  return {
    policies: Object.fromEntries([
      ...others,
      ...arms.flatMap(({ name, policies }) => (policies.length === 0 ? [] : [[name, meanPolicy(policies)] as const])),
    ]),
    runs: Object.fromEntries(
      arms.flatMap(({ name, seeds }): readonly (readonly [string, ArmSummary])[] =>
        seeds.length === 0 ? [] : [[name, { ...meanRun(seeds), seeds }]],
      ),
    ),
  }
}
