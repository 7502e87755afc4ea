import type { Calibration } from '../calibrate/calibrated.ts'
import type { AnnotationFindings } from '../model/annotation-findings.ts'
import type { TrainingFindings } from '../model/training-findings.ts'

/** What so many workers come to. */
export interface WorkersFindings {
  readonly workers: number
  readonly training?: TrainingFindings
  readonly annotation?: AnnotationFindings
}

/** What was measured beside what the model says. */
export interface Checked {
  readonly name: string
  readonly measured: number
  readonly simulated: number
  /** By how much of what was measured the model is off; above 0 where it says more. */
  readonly off: number
}

/** All that a configuration's simulation found. */
export interface SimulationFindings {
  readonly name: string
  readonly seed: number
  readonly byWorkers: readonly WorkersFindings[]
  readonly calibration?: Calibration
  readonly checks: readonly Checked[]
  /** How far checks may be off. */
  readonly within: number
}
