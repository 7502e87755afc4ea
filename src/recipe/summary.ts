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

/** What one policy reached on the test split. */
export const policySummary = t.intersection(
  [
    t.type({
      accuracy: share,
      accuracyByType: byName(share),
      formatRate: share,
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

/** One arm of reinforcement: lists hold one entry an update. */
export const armSummary = t.intersection(
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
  'arm',
)
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
