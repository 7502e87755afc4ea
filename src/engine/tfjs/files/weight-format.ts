import type { WeightNames } from '../model/weight-names.ts'

/** How weights are written. */
export interface WeightFormat {
  /** Scheme of names; `hub` when not given. */
  readonly names?: WeightNames
  /** F32 when not given, which alone keeps training exact. The others round half to even. */
  readonly dtype?: 'F32' | 'F16' | 'BF16'
  /** Most bytes a shard; a weight that is larger has a shard of its own. One file when not given. */
  readonly shardBytes?: number
}
