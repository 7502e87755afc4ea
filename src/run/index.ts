export type { Command, Terminal } from './cli/command.ts'
export { failed } from './cli/failed.ts'
export { main } from './cli/main.ts'
export { type Difference, differences } from './config.ts'
export { type Consumer, consume, type Outcome } from './consume.ts'
export { digestOf } from './digest.ts'
export { readJson, writeWhole } from './durable.ts'
export { exitCodeOf, exitCodes, exitCodeTable } from './exit.ts'
export { cannotWrite, type RunFault } from './fault.ts'
export { type Flag, type Flags, flagsHelp, type Given, parseFlags, suggestion, type UsageFault } from './flags.ts'
export { type GroupRowsOptions, groupRows } from './group-rows.ts'
export { type Growing, openGrowing } from './growing.ts'
export { type Interruptible, interruptible, type SignalSource } from './interrupt.ts'
export type { Ledger } from './ledger.ts'
export { takeLock } from './lock.ts'
export type { LogName } from './logs.ts'
export { type Machine, thisMachine } from './machine.ts'
export { type MemoryLimits, requireMemory } from './memory.ts'
export { phase, phaseSeconds } from './phase.ts'
export { type Piped, whenClosed } from './pipe.ts'
export { readRows } from './read-rows.ts'
export { inElement } from './report/browser.ts'
export type { BarFigure, Colours, Figure, LineFigure, Point } from './report/figure.ts'
export { Html, html } from './report/html.ts'
export { renderReport, writeReport } from './report/page.ts'
export type { PageGroup, PageGroups, PagePiece, PageRollout } from './report/page-groups.ts'
export type {
  FactsPart,
  FailuresPart,
  FiguresPart,
  RolloutsPart,
  Section,
  SectionPart,
  SettingsPart,
  TextPart,
} from './report/section.ts'
export { style as pageStyle } from './report/style.ts'
export { type Cell, type ReportTable, tableText } from './report/table.ts'
export { type FailureRow, failureRow, type MetricRow, metricRow, type RolloutRow, rolloutRow } from './rows.ts'
export { openRun, type Run, type RunOptions } from './run.ts'
export type { PhaseOptions, Savepoints } from './savepoints.ts'
export { type Scrub, scrubber } from './secrets.ts'
export { freeSpace, requireSpace } from './space.ts'
export { duration, oneLine, openStatus, type Status, type StatusOptions, type StatusPlan } from './status.ts'
export { type Stopping, stopping } from './stopping.ts'
export { eventFileHeader, type Scalar, scalarEvent } from './tfevents.ts'
export { type WholeLine, wholeLines } from './whole-lines.ts'
