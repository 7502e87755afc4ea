import * as t from 'io-ts'

/** A line of metrics.jsonl: the numbers of one step of one phase, under TRL's names. */
export const metricRow = t.intersection(
  [
    t.type({
      /** Seconds since 1970. */
      time: t.number,
      phase: t.string,
      step: t.number,
      /** null: not a finite number at that step. */
      values: t.record(t.string, t.union([t.number, t.null])),
    }),
    t.partial({
      /** How long its parts took, by name: `rollout`, `update`, and the `other` work of an update of reinforcement. */
      seconds: t.record(t.string, t.number),
      /** How much was done in that time: questions, and the tokens of every completion. */
      work: t.type({ questions: t.number, lengths: t.array(t.number) }),
    }),
  ],
  'metric row',
)
/** A line of metrics.jsonl. */
export type MetricRow = t.TypeOf<typeof metricRow>

/** A piece of a completion: `process` is null for text that belongs to none. */
const segment = t.intersection(
  [
    t.type({ process: t.union([t.string, t.null]), text: t.string }),
    t.partial({
      /** The advantage of its tokens. */
      advantage: t.number,
      /** The text of each token; together they are `text`. */
      tokens: t.array(t.string),
    }),
  ],
  'segment',
)

const reward = t.union([t.number, t.null])

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
      rewards: t.record(t.string, reward),
      advantages: t.record(t.string, t.number),
    }),
    t.partial({
      problem: t.string,
      problemType: t.string,
      /** The right answer. */
      answer: t.string,
      /** Which of its group it is, from 0. */
      place: t.number,
      /** The completion in pieces, in order. */
      segments: t.array(segment),
      /** The parts of each process's reward by name; null: unscored, or not applicable. */
      parts: t.record(t.string, t.record(t.string, reward)),
      /** What was said of a process's reward, as the judge's reason. */
      notes: t.record(t.string, t.string),
      /** Where and why the completion departs from the template. */
      malformed: t.type({ at: t.number, why: t.string }),
      /** It ran into the limit of tokens. */
      truncated: t.boolean,
      /** The answer is not what the thoughts come to. */
      mismatch: t.boolean,
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
