import type { ProcessWeights } from '../advantage/index.ts'

/** Names of the families that are defined exactly (see `exact/families.ts` for each definition and its source). */
export const families = [
  'grpo',
  'paGrpo',
  'sum',
  'drGrpo',
  'rloo',
  'gdpo',
  'leaveOneOut',
  'reinforcePlusPlus',
  'reinforcePlusPlusBaseline',
  'passAtK',
] as const

/** A family that is defined exactly. */
export type Family = (typeof families)[number]

/** Which rewards a normaliser is tried on. */
export interface RewardDomain {
  /** The least and the most that a reward can be; [−8, 8] by default. Ask for [−1e307, 1e307] to try overflow. */
  readonly range?: readonly [least: number, most: number]
  /** The only rewards that there are, [0, 1] for right and wrong. Instead of `range`. */
  readonly values?: readonly number[]
  /** The arithmetic that is promised; in `float32` rewards are float32 and results may be off by as much. `float64` by default. */
  readonly precision?: 'float64' | 'float32'
  /** Rollouts a group has at least and at most: 2 to 256 by default. */
  readonly sizes?: readonly [least: number, most: number]
  /** Some rollouts are unscored (null). True by default. */
  readonly missing?: boolean
}

/**
 * Properties that most normalisers have and some right ones have not: each is true unless it is set to false. With a
 * `family`, those that its definition does not have are off by themselves.
 */
export interface Habits {
  /** A group of equal rewards gets exactly 0. */
  readonly constantIsZero?: boolean
  /** An unscored rollout gets 0, and the others what they get without it. */
  readonly skipsUnscored?: boolean
  /** The order of rollouts plays no part. */
  readonly symmetric?: boolean
  /** A number added to all rewards changes nothing. */
  readonly shiftFree?: boolean
  /** A higher reward has the higher advantage. */
  readonly keepsOrder?: boolean
  /** The advantages of a process add up to 0. */
  readonly zeroSum?: boolean
  /** Rewards times a positive number give the same advantages, up to epsilon, and these are bounded. For a scale of `sample` or `population`. */
  readonly scaleFree?: boolean
}

/** What a normaliser promises besides being a normaliser; the laws that apply follow from it. */
export interface Promises extends RewardDomain, Habits {
  /** `process`: each process its own advantages from its own rewards. `all`: one advantage for every token. */
  readonly routing: 'process' | 'all'
  /** Groups are normalised each by itself, or some figure of the whole batch enters. */
  readonly scope: 'group' | 'batch'
  /**
   * What the centred reward is divided by: the group's standard deviation over n − 1 (`sample`) or n (`population`)
   * plus epsilon; nothing (`none`); or something else (`other`), of which no definition is known.
   */
  readonly scale: 'sample' | 'population' | 'none' | 'other'
  /** Added to the standard deviation; 1e-4 by default. */
  readonly epsilon?: number
}

/** That a normaliser is one of the families, number for number. */
export interface FamilyPromises extends RewardDomain {
  readonly family: Family
  /** `grpo`: the process whose reward counts. */
  readonly reward?: string
  /** Weights of the processes where they are added up; 1 by default. */
  readonly weights?: ProcessWeights
  /** What a centred reward is divided by in `paGrpo`, `grpo` and `sum`; `group` by default. */
  readonly scale?: 'group' | 'batch' | 'none'
  /** Standard deviation over n − ddof; 1 by default. */
  readonly ddof?: 0 | 1
  /** Added to the standard deviation; 1e-4 by default. */
  readonly epsilon?: number
  /** `passAtK`: the k; 2 by default. */
  readonly k?: number
}

/** What `paGrpo()` promises. */
export const paGrpoPromises: Promises = { routing: 'process', scope: 'group', scale: 'sample' }
