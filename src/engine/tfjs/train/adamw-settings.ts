/** The settings of AdamW. */
export interface AdamW {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly weightDecay: number
  /**
   * How both moments are kept: `float32` when not given, 8 bytes a parameter; in `bfloat16` 4, computed in float32 and rounded at random
   * (`packAtRandom`), as nearest rounding would keep the second moment from decaying.
   */
  readonly moments?: 'float32' | 'bfloat16'
  /** What rounding at random follows from, with the step and each number's place; 0 when not given. */
  readonly seed?: number
}
