import type { ImportanceOptions } from './weights.ts'

/** Names of TRL's losses that differ in their term or in their mean. */
export type LossType = 'grpo' | 'bnpo' | 'dr_grpo' | 'dapo' | 'cispo' | 'sapo' | 'segment_mean'

/**
 * - `grpo` (default): mean over a sequence's tokens, then over sequences: Video-R1's.
 * - `segment_mean`: mean over the tokens of each process, summed over processes, mean over sequences: equation 7 of
 *   VideoP2R (arXiv 2511.11113) read literally; KL over all tokens of the completion, once. Needs `owners`.
 * - `bnpo`: mean over all tokens of the batch. `dapo`: sum over tokens divided by `totals.tokens`.
 * - `dr_grpo`: sum over tokens divided by sequences × `maxCompletionLength`.
 * - `cispo`, `sapo`: their own terms (arXiv 2506.13585, 2511.20347), with the means of `dapo` and `grpo`.
 */
export interface LossOptions {
  readonly type?: LossType
  /** Ratio a token (default), or one a sequence: the exponential of the mean log-ratio (GSPO, arXiv 2507.18071). */
  readonly level?: 'token' | 'sequence'
  /** Weight of the KL to the reference; 0.04 by default, as Video-R1. 0 needs no reference. */
  readonly beta?: number
  readonly epsilonLow?: number
  /** `epsilonLow` by default. For `cispo` the bound of the ratio itself; 5 by default. */
  readonly epsilonHigh?: number
  readonly delta?: number | null
  /** For `dr_grpo`. */
  readonly maxCompletionLength?: number
  readonly sapoTemperaturePositive?: number
  readonly sapoTemperatureNegative?: number
  /** Bound of reference − logprob inside the KL; none by default, 10 in Video-R1's code. */
  readonly klBound?: number
  /** Multiplies the KL by the ratio (DeepSeek-V3.2's correction for old samples). */
  readonly klRatio?: boolean
  /** Drops sequences of negative advantage whose mean sampling − current log-probability is beyond this. */
  readonly offPolicyThreshold?: number | null
  /**
   * Corrects for a sampler that was not the policy which is trained, to the last digit: coarser weights, another engine, top-p. Each
   * token's policy loss is weighed by exp(trainer − sampler), bounded, a constant to the gradient (truncated importance sampling, Yao et
   * al. 2025, "Your Efficient RL Framework Secretly Brings You Off-Policy RL Training"; TRL's `vllm_importance_sampling_correction`; theirs
   * is `{ mode: 'token_truncate', most: 2 }`). The trainer's are the old log-probabilities, the current ones where there are none; the
   * sampler's are `samplingLogprobs`, without which every weight is 1. null, the default: none.
   */
  readonly importanceSampling?: ImportanceOptions | null
  /**
   * What an old or sampling log-probability of NaN at a token that counts stands for, as some servers give it where
   * they have none: `one` (default) a ratio of 1, which the metric `sampling/missing_logprobs` counts, and no drift for
   * `offPolicyThreshold`, as in TRL; `fault` throws a `RangeError` (`knownLogprobs` gives it as a value before).
   */
  readonly missingLogprobs?: 'one' | 'fault'
}

export type FilledLossOptions = Required<LossOptions>

const types: readonly string[] = ['grpo', 'bnpo', 'dr_grpo', 'dapo', 'cispo', 'sapo', 'segment_mean']

/** A name that comes from a file of settings may be any text, and none stands for another. */
const oneOf = (what: string, given: string, known: readonly string[]): void => {
  if (!known.includes(given)) throw new RangeError(`${what} is "${given}", and must be one of ${known.join(', ')}`)
}

/** The options with their defaults. `dr_grpo` without a `maxCompletionLength` is a defect and throws. */
export const filled = (options: LossOptions): FilledLossOptions => {
  const { type = 'grpo', level = 'token', missingLogprobs = 'one', epsilonLow = 0.2 } = options
  oneOf('the type of the loss', type, types)
  oneOf('the level of the ratio', level, ['token', 'sequence'])
  oneOf('missingLogprobs', missingLogprobs, ['one', 'fault'])
  if (type === 'dr_grpo' && !((options.maxCompletionLength ?? 0) > 0))
    throw new RangeError(
      `the loss "dr_grpo" divides by maxCompletionLength, and ${options.maxCompletionLength ?? 'none'} is given`,
    )
  return {
    type,
    level,
    beta: options.beta ?? 0.04,
    epsilonLow,
    epsilonHigh: options.epsilonHigh ?? (type === 'cispo' ? 5 : epsilonLow),
    delta: options.delta ?? null,
    maxCompletionLength: options.maxCompletionLength ?? 0,
    sapoTemperaturePositive: options.sapoTemperaturePositive ?? 1,
    sapoTemperatureNegative: options.sapoTemperatureNegative ?? 1.05,
    klBound: options.klBound ?? Number.POSITIVE_INFINITY,
    klRatio: options.klRatio ?? false,
    offPolicyThreshold: options.offPolicyThreshold ?? null,
    importanceSampling: options.importanceSampling ?? null,
    missingLogprobs,
  }
}
