import * as t from 'io-ts'

/** A number between 0 and 1. */
const share = new t.Type<number, number, unknown>(
  'share between 0 and 1',
  (value): value is number => typeof value === 'number' && value >= 0 && value <= 1,
  (value, context) =>
    typeof value === 'number' && value >= 0 && value <= 1 ? t.success(value) : t.failure(value, context),
  t.identity,
)

const count = t.number
const byName = <A extends t.Mixed>(codec: A) => t.record(t.string, codec)

/** How many records came through each step. */
export const retained = t.type({ annotated: count, verified: count, sufficient: count }, 'retention')
/** How many records the teacher annotated, the verifier passed, and the judge found sufficient. */
export type Retention = Readonly<t.TypeOf<typeof retained>>

/** What the annotation pipeline kept: of all records, and by problem type. */
export const retention = t.intersection([retained, t.type({ byType: byName(retained) })])
/** What the annotation pipeline kept: of all records, and by problem type. */
export type RetentionByType = t.TypeOf<typeof retention>

const range = t.readonly(t.tuple([share, share]), 'lowest and highest')
/** The lowest and the highest of several runs. */
export type Range = t.TypeOf<typeof range>

/** The lowest and the highest of several runs, by measure and, for accuracies, by problem type. */
const ranges = t.partial(
  {
    accuracy: range,
    accuracyByType: byName(range),
    formatRate: range,
    perceptionSufficiency: range,
    faithfulness: range,
    thinkAnswerMismatch: range,
    accuracyAtT1: range,
    formatRateAtT1: range,
  },
  'ranges',
)
/** The lowest and the highest of several runs, by measure. */
export type Ranges = Readonly<t.TypeOf<typeof ranges>>

/** What one policy reached on the test split, or the runs of an arm in the mean. */
export const policySummary = t.intersection(
  [
    t.type({
      accuracy: share,
      accuracyByType: byName(share),
      formatRate: share,
      /** Questions; of several runs the fewest. */
      evaluated: count,
    }),
    t.partial({
      /** Where these were looked at. */
      perceptionSufficiency: share,
      /** The answer is what the judge derives from the observation. */
      faithfulness: share,
      thinkAnswerMismatch: share,
      /** The same at temperature 1, where it was measured. */
      accuracyAtT1: share,
      formatRateAtT1: share,
      /** Where these are means over several runs: between which they lie. */
      ranges,
    }),
  ],
  'policy',
)
/** What an evaluation says of one policy; shares between 0 and 1. */
export type PolicySummary = t.TypeOf<typeof policySummary>

/** One evaluation made on the way: after how many updates, and what was reached. */
export const curvePoint = t.intersection(
  [t.type({ update: count, accuracy: share }), t.partial({ perceptionSufficiency: share, faithfulness: share })],
  'evaluation',
)

/** One run of an arm of reinforcement: lists hold one entry an update. */
export const armRunSummary = t.intersection(
  [
    t.type({
      updates: count,
      secondsPerUpdate: t.number,
      tokensPerSecond: t.number,
      /** Mean reward by process. */
      rewardMean: t.readonlyArray(byName(t.number)),
      /** Share of groups whose rewards are all equal: they teach nothing. */
      equalRewardGroups: t.readonlyArray(share),
      curve: t.readonlyArray(curvePoint),
    }),
    t.partial({
      learningRate: t.number,
      /** The same share for each process by itself. */
      equalRewardGroupsByProcess: t.readonlyArray(byName(share)),
    }),
  ],
  'run of an arm',
)
/** What one run of an arm came to. */
export type ArmRunSummary = t.TypeOf<typeof armRunSummary>

/** One of several runs of an arm: its seed, how it went, and, where it was tested, what it reached. */
const seedSummary = t.intersection(
  [
    t.type({ seed: t.number }),
    armRunSummary,
    t.partial(policySummary.types[0].props),
    t.partial(policySummary.types[1].props),
  ],
  'seed',
)
/** One of several runs of an arm. */
export type SeedSummary = t.TypeOf<typeof seedSummary>

/** One arm of reinforcement. Where it has several runs, its numbers are their means, and `seeds` holds each. */
export const armSummary = t.intersection([armRunSummary, t.partial({ seeds: t.readonlyArray(seedSummary) })], 'arm')
/** What one arm of reinforcement came to. */
export type ArmSummary = t.TypeOf<typeof armSummary>

/** What a run came to: `summary.json`. The one description of that file. */
export const runSummary = t.intersection(
  [
    t.type({
      seed: t.number,
      backend: t.string,
      decoder: t.string,
      /** By phase, and `total`. */
      seconds: t.intersection([t.type({ total: t.number }), byName(t.number)]),
      policies: byName(policySummary),
      runs: byName(armSummary),
    }),
    t.partial({
      /** Which of several sizes the run had. */
      preset: t.string,
      /** Further words about the run. */
      labels: byName(t.string),
      /** Where there was a data phase: who wrote the chains, who judged them, and what was kept. */
      teacher: t.string,
      judge: t.string,
      retention,
      processor: t.string,
      threads: t.number,
      /** Of Node, the package, its commit, and what decodes video. */
      versions: t.readonly(t.record(t.string, t.string)),
      /** Where the run was resumed elsewhere: all machines and versions, in their order. */
      machines: t.readonlyArray(t.unknown),
    }),
  ],
  'summary',
)
/** What any run came to. */
export type RunSummary = t.TypeOf<typeof runSummary>
