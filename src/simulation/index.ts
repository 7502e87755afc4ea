export { type Calibration, calibrated } from './calibrate/calibrated.ts'
export { fitCost, type Observation } from './calibrate/fit.ts'
export { type MeasuredRun, type MeasuredUpdate, readMeasuredRun, secondsPerUpdate } from './calibrate/measured-run.ts'
export type { AnnotationModel } from './model/annotation.ts'
export { type AnnotationFindings, simulateAnnotation } from './model/annotation-findings.ts'
export type { AskedModel } from './model/asked.ts'
export type { WithoutPhase } from './model/bottleneck.ts'
export type { Cost, Load } from './model/cost.ts'
export type { LookModel, TrainingModel } from './model/training.ts'
export { simulatedSeconds, simulateTraining, type TrainingFindings } from './model/training-findings.ts'
export {
  drawnTask,
  type Job,
  type Phase,
  type Station,
  type Task,
  type TaskAttempt,
  type Trying,
} from './network/job.ts'
export { type JobRecord, type Network, type Simulated, simulate, type Watch } from './network/simulate.ts'
export type { StationTally } from './network/tally.ts'
export type { Checked, SimulationFindings, WorkersFindings } from './page/findings.ts'
export { findingsPage } from './page/page.ts'
export { findingsTables } from './page/tables.ts'
export { always, type Distribution, drawnFrom, meanOf, type Uniform, uniformOf } from './queue/draw.ts'
export { type EventQueue, type NextEvent, nextEvent, noEvents, withEvent } from './queue/event-queue.ts'
