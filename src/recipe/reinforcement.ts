import type { LossOptions, Normaliser } from '../advantage/index.ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { TemporalOptions } from '../reward/index.ts'
import type { ScoreOptions } from '../stages/index.ts'
import type { Completions } from './grading.ts'
import type { Split } from './split.ts'

/** T-GRPO's control (Video-R1, arXiv 2503.21776, section 3.1): every clip is asked about with its frames out of order as well. */
export interface TemporalControl<K extends string> extends TemporalOptions {
  /** The process whose right rollouts get the bonus, which is a further reward by the name of `temporal`. */
  readonly process: K
  /** Completions of the clip out of order; Video-R1 samples half as many as of the clip in order. */
  readonly completions: number
}

/** One arm of reinforcement: arms of a recipe start from one checkpoint and see the same questions in the same order. */
export interface Arm<K extends string> {
  /** In the summary, and of its checkpoint's folder. */
  readonly name: string
  /** What its phase, its column and its curves are called. */
  readonly title: string
  readonly normaliser: Normaliser<K>
  /** The highest learning rate; `schedule` makes it one by update. */
  readonly rate: number
  /** As `constant` of `kinograd/engine/tfjs` with 5 updates of warm-up, when not given. */
  readonly schedule?: (rate: number, updates: number) => (step: number) => number
  /** `{ beta: 0 }` when not given. */
  readonly loss?: LossOptions
  /**
   * The metric that says which share of groups teaches this arm nothing: `frac_reward_zero_std/pa_grpo`, `frac_reward_zero_std`, or
   * `frac_reward_zero_std/<process>` for GRPO on that process's reward alone.
   */
  readonly constantGroups: string
  /** Rewards the use of order in time; no control is sampled when not given. */
  readonly temporal?: TemporalControl<K>
  /** Seed of its order and sampling, in its first run; that of the recipe and 1 when not given. */
  readonly seed?: number
}

/** Reinforcement: rollouts, rewards by process, advantages, updates, arm by arm. */
export interface Reinforcement<K extends string, T extends string, R extends VideoRecord = VideoRecord> {
  readonly records: Split<R>
  readonly arms: readonly Arm<K>[]
  /**
   * How often each arm is run, each time with the next seed; once when not given. The summary then has means, ranges and every run:
   * three tell a difference of the arms from luck.
   */
  readonly seeds?: number
  /**
   * Runs of arms at once, each in a process of its own with its share of the cores; 1 when not given, which is here. More needs `source`
   * of the recipe, and each process the memory of one run. What comes of it is the same.
   */
  readonly atOnce?: number
  /** Checkpoint that every arm starts from; that of fine-tuning, else the policy as it is opened, when not given. */
  readonly start?: string
  /** Accuracy of each process, further rewards (own ones over own fields), lengths, weights. */
  readonly rewards: ScoreOptions<R, K, T>
  readonly updates: number
  /** Questions of an update. */
  readonly prompts: number
  /** Completions of a question and how they are sampled. */
  readonly sampling: Completions
  /**
   * Whose log-probabilities a KL (`beta` above 0) is taken to. `start`: a second engine with the weights that reinforcement starts
   * from. When not given: the engine itself with its low-rank adapter off.
   */
  readonly reference?: 'start'
  /** Looks at the policy before the first update, after every so many, and after the last; needs `grading`. */
  readonly watch?: { readonly records: Split<R>; readonly every: number }
  /** Groups of each update that are written to rollouts.jsonl whole; 2 when not given. */
  readonly keptGroups?: number
}
