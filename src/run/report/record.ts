import type { FailureRow, RolloutRow } from '../rows.ts'
import type { PhaseCurves } from './curves.ts'
import type { FailureKind } from './failure-kinds.ts'
import type { KeptCurves } from './kept-curves.ts'
import type { PageGroups } from './page-groups.ts'
import type { Section } from './section.ts'

/** What a run folder holds, as far as it can be shown. */
export interface RunRecord {
  readonly name: string
  /** Settings as they lie in config.json. */
  readonly config: unknown
  /** What summary.json holds; undefined while the run is not finished. */
  readonly summary: unknown
  /** Sections that were given for this run; none where none were. */
  readonly given: readonly Section[]
  /** Seconds of each finished phase. */
  readonly seconds: Readonly<Record<string, number>>
  readonly curves: readonly PhaseCurves[]
  /** A sample of all groups that fits a page. */
  readonly groups: PageGroups
  /** What all groups of the log say, step by step. */
  readonly kept: readonly KeptCurves[]
  /** The newest rollouts of each phase. */
  readonly rollouts: readonly RolloutRow[]
  readonly failures: readonly FailureRow[]
  /** Failures by tag, all of them. */
  readonly failureCounts: Readonly<Record<string, number>>
  /** Failures by tag and stage, the most frequent first. */
  readonly failureKinds: readonly FailureKind[]
  /** Phases that have failures. */
  readonly failedPhases: readonly string[]
  /** What was not read, in words: the older part of very long logs. */
  readonly unread: readonly string[]
}
