export type { Terminal } from './cli/command.ts'
export { main } from './cli/main.ts'
export { type Consumer, consume } from './consume.ts'
export { exitCodeOf, exitCodes, exitCodeTable } from './exit.ts'
export type { RunFault } from './fault.ts'
export { type Flag, type Flags, flagsHelp, type Given, meant, parseFlags, type UsageFault } from './flags.ts'
export { type Interruptible, interruptible, type SignalSource } from './interrupt.ts'
export type { LogName, Positions } from './logs.ts'
export { type PhaseOptions, phase, phaseSeconds } from './phase.ts'
export { readRows } from './read-rows.ts'
export { loadReport, type ReportData } from './report/load.ts'
export { renderReport, writeReport } from './report/page.ts'
export { type FailureRow, failureRow, type MetricRow, metricRow, type RolloutRow, rolloutRow } from './rows.ts'
export { openRun, type Run, type RunOptions } from './run.ts'
export { type Scrub, scrubber } from './secrets.ts'
export { freeSpace, requireSpace } from './space.ts'
export { duration, oneLine, openStatus, type Plan, type Status, type StatusOptions } from './status.ts'
export {
  type ArmSummary,
  armSummary,
  type PolicySummary,
  policySummary,
  type Summary,
  summary,
  type Videop2rSummary,
  videop2rSummary,
} from './summary.ts'
export { type Measure, policyMeasures, policyNames, policyTable } from './table.ts'
export { eventFileHeader, type Scalar, scalarEvent } from './tfevents.ts'
