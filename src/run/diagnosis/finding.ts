import type { Signs } from './signs.ts'

/** Something about a phase that keeps it from learning, or may. */
export interface Finding {
  readonly phase: string
  /** From 0 (worth knowing) to 1 (nothing can be learned). */
  readonly weight: number
  /** What the run's own numbers say. */
  readonly sign: string
  /** The same in two or three words. */
  readonly short: string
  readonly cause: string
  readonly remedy: string
}

/** A finding of a phase that is known anyway. */
export type FindingOfPhase = Omit<Finding, 'phase'>

/** What one kind of sign says of a phase. */
export type Rule = (signs: Signs) => readonly FindingOfPhase[]

/** A share in percent. */
export const percent = (share: number): string => `${(100 * share).toFixed(0)} %`

/** A number in three digits. */
export const three = (value: number): string => String(Number(value.toPrecision(3)))

/** The finding where it holds. */
export const when = (holds: boolean, finding: FindingOfPhase): readonly FindingOfPhase[] => (holds ? [finding] : [])
