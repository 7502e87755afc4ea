import * as t from 'io-ts'

/** A line of metrics.jsonl: the numbers of one step of one phase, under TRL's names. */
export const metricRow = t.type(
  {
    /** Seconds since 1970. */
    time: t.number,
    phase: t.string,
    step: t.number,
    /** null: not a finite number at that step. */
    values: t.record(t.string, t.union([t.number, t.null])),
  },
  'metric row',
)
/** A line of metrics.jsonl. */
export type MetricRow = t.TypeOf<typeof metricRow>

/** A piece of a completion: `process` is null for text that belongs to none. */
const segment = t.type({ process: t.union([t.string, t.null]), text: t.string }, 'segment')

/** A line of rollouts.jsonl: one sampled completion with what it earned. */
export const rolloutRow = t.intersection(
  [
    t.type({
      phase: t.string,
      step: t.number,
      /** Record id. */
      id: t.string,
      completion: t.string,
      /** By process; null: unscored. */
      rewards: t.record(t.string, t.union([t.number, t.null])),
      advantages: t.record(t.string, t.number),
    }),
    t.partial({
      problem: t.string,
      problemType: t.string,
      /** The right answer. */
      answer: t.string,
      /** The completion in pieces, in order. */
      segments: t.array(segment),
      /** Contact sheet of the frames: a JPEG in base64. */
      sheet: t.string,
    }),
  ],
  'rollout row',
)
/** A line of rollouts.jsonl. */
export type RolloutRow = t.TypeOf<typeof rolloutRow>

/** A line of failures.jsonl: an item that became an error, in which phase and stage, why, and what can be done. */
export const failureRow = t.type(
  {
    time: t.number,
    phase: t.string,
    item: t.string,
    stage: t.string,
    tag: t.string,
    cause: t.string,
    remedy: t.string,
  },
  'failure row',
)
/** A line of failures.jsonl. */
export type FailureRow = t.TypeOf<typeof failureRow>
