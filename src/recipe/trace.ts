import * as t from 'io-ts'
import type { Metrics } from '../advantage/index.ts'
import type { Arm } from './reinforcement.ts'
import { type ArmRunSummary, curvePoint, type PolicySummary } from './summary.ts'

const numbers = t.record(t.string, t.number)
/** What an arm has gone through so far: lists hold one entry an update, the curve one an evaluation. */
export const traceCodec = t.readonly(
  t.type({
    rewardMean: t.readonlyArray(numbers),
    equalRewardGroups: t.readonlyArray(t.number),
    equalRewardGroupsByProcess: t.readonlyArray(numbers),
    curve: t.readonlyArray(curvePoint),
    /** Sampled tokens. */
    tokens: t.number,
  }),
  'trace of an arm',
)
/** What an arm has gone through so far. */
export type Trace = t.TypeOf<typeof traceCodec>

/** Nothing yet. */
export const emptyTrace: Trace = {
  rewardMean: [],
  equalRewardGroups: [],
  equalRewardGroupsByProcess: [],
  curve: [],
  tokens: 0,
}

/** The trace after one more update: what its rewards were (`rewardMetrics`), and how many tokens were sampled for it. */
export const withUpdate = (
  trace: Trace,
  { constantGroups }: Pick<Arm<string>, 'constantGroups'>,
  processes: readonly string[],
  metrics: Metrics,
  tokens: number,
): Trace => {
  const numberOf = (name: string): number => metrics[name] ?? 0
  const ofProcess = (name: (process: string) => string) =>
    Object.fromEntries(processes.map(process => [process, numberOf(name(process))]))
  const mean = ofProcess(process => `rewards/${process}/mean`)
  const equal = ofProcess(process => `frac_reward_zero_std/${process}`)
  return {
    ...trace,
    rewardMean: [...trace.rewardMean, mean],
    equalRewardGroups: [...trace.equalRewardGroups, numberOf(constantGroups)],
    equalRewardGroupsByProcess: [...trace.equalRewardGroupsByProcess, equal],
    tokens: trace.tokens + tokens,
  }
}

/** The trace after an evaluation of the policy that `update` updates have made. */
export const withEvaluation = (
  trace: Trace,
  update: number,
  { accuracy, perceptionSufficiency, faithfulness }: PolicySummary,
): Trace => ({
  ...trace,
  curve: [
    ...trace.curve,
    {
      update,
      accuracy,
      ...(perceptionSufficiency === undefined ? {} : { perceptionSufficiency }),
      ...(faithfulness === undefined ? {} : { faithfulness }),
    },
  ],
})

/** What an arm came to; `seconds` are those of its updates, without evaluations. */
export const armSummaryOf = ({ tokens, ...trace }: Trace, learningRate: number, seconds: number): ArmRunSummary => {
  const updates = trace.rewardMean.length
  return {
    updates,
    learningRate,
    secondsPerUpdate: seconds / Math.max(1, updates),
    tokensPerSecond: tokens / seconds,
    ...trace,
  }
}
