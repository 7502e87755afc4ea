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

/** What one policy reached on the test split. */
export const policySummary = t.intersection(
  [
    t.type({
      accuracy: share,
      accuracyByType: byName(share),
      perceptionSufficiency: share,
      /** The answer is what the judge derives from the observation. */
      faithfulness: share,
      formatRate: share,
      thinkAnswerMismatch: share,
      evaluated: count,
    }),
    t.partial({
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
export const curvePoint = t.type(
  { update: count, accuracy: share, perceptionSufficiency: share, faithfulness: share },
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
const runSummary = t.intersection(
  [
    t.type({
      seed: t.number,
      preset: t.string,
      backend: t.string,
      decoder: t.string,
      teacher: t.string,
      judge: t.string,
      /** By phase, and `total`. */
      seconds: t.intersection([t.type({ total: t.number }), byName(t.number)]),
      retention,
      policies: byName(policySummary),
      runs: byName(armSummary),
    }),
    t.partial({
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
export type Summary = t.TypeOf<typeof runSummary>

const arms = { grpo: armSummary, sum: armSummary, paGrpo: armSummary }
const policies = {
  base: policySummary,
  sft: policySummary,
  grpo: policySummary,
  sum: policySummary,
  paGrpo: policySummary,
}

/** `summary.json` of the main job, which has all five policies and all three arms. */
export const videop2rSummary = t.intersection(
  [runSummary, t.type({ policies: t.type(policies), runs: t.type(arms) })],
  'summary of the main job',
)
/** What the main job came to: all five policies and all three arms. */
export type Videop2rSummary = t.TypeOf<typeof videop2rSummary>
