import { stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { readJson } from '../durable.ts'
import { type RunFault, runFault } from '../fault.ts'
import { newestByKey } from '../newest.ts'
import { phaseSeconds } from '../phase.ts'
import { type Collector, collectRows, newestBytes } from '../read-rows.ts'
import { type FailureRow, failureRow, metricRow, type RolloutRow, rolloutRow } from '../rows.ts'
import { curvesByPhase, type PhaseCurves } from './curves.ts'
import { groupsWithin } from './groups.ts'
import type { PageGroups } from './page-groups.ts'
import { readSections, type Section } from './section.ts'

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
  /** The newest rollouts of each phase. */
  readonly rollouts: readonly RolloutRow[]
  readonly failures: readonly FailureRow[]
  /** Failures by tag, all of them. */
  readonly failureCounts: Readonly<Record<string, number>>
  /** Phases that have failures. */
  readonly failedPhases: readonly string[]
  /** What was not read, in words: the older part of very long logs. */
  readonly unread: readonly string[]
}

/** The file of a run folder that keeps the sections given for its page. */
export const sectionsFile = 'sections.json'

const rolloutsOfPhase = 64
const shownFailures = 50
/** Bytes of text that the groups of a page take. */
const bytesOfGroups = 12_000_000

/** Characters of the longest picture that a page shows: a contact sheet takes some ten thousand. */
const longestSheet = 500_000

const withoutLongSheet = (row: RolloutRow): RolloutRow => {
  const { sheet = '', ...others } = row
  return sheet.length > longestSheet ? others : row
}

/** The newest rollouts of each phase, and a sample of all groups, in one reading of the log. */
const rolloutsAndGroups = (): Collector<RolloutRow, Pick<RunRecord, 'rollouts' | 'groups'>> => {
  const newest = newestByKey<RolloutRow>(rolloutsOfPhase, ({ phase }) => phase)
  const groups = groupsWithin(bytesOfGroups)()
  return {
    add: read => {
      const row = withoutLongSheet(read)
      newest.add(row)
      groups.add(row)
    },
    all: () => ({ rollouts: newest.all(), groups: groups.all() }),
  }
}

const firstFailures = (): Collector<FailureRow, Pick<RunRecord, 'failures' | 'failureCounts' | 'failedPhases'>> => {
  const failures: FailureRow[] = []
  const counts = new Map<string, number>()
  const phases = new Set<string>()
  return {
    add: row => {
      phases.add(row.phase)
      counts.set(row.tag, (counts.get(row.tag) ?? 0) + 1)
      if (failures.length < shownFailures) failures.push(row)
    },
    all: () => ({ failures, failureCounts: Object.fromEntries(counts), failedPhases: [...phases] }),
  }
}

/** Says of every log that is too long to be read whole how much of it is not. */
const unreadOf = async (directory: string): Promise<readonly string[]> => {
  const logs = ['metrics.jsonl', 'rollouts.jsonl', 'failures.jsonl'].map(async name => {
    const { size } = await stat(join(directory, name)).catch(() => ({ size: 0 }))
    const left = size - newestBytes
    return left > 0 ? [`the first ${(left / 1e6).toFixed(0)} MB of ${name} are not read, which has ${size} bytes`] : []
  })
  return (await Promise.all(logs)).flat()
}

const givenSections = (path: string): TE.TaskEither<RunFault, readonly Section[]> =>
  F.pipe(
    readJson(path),
    TE.flatMapEither(saved => (saved === undefined ? E.right([]) : readSections(path, saved))),
  )

/**
 * Reads what a page needs from a run folder of any pipeline; holds the newest 64 rollouts of each phase, the first 50
 * failures and 400 points of each metric. Left: `CannotRead` where the folder holds no run, `BadRow` where a file of it
 * is not what it should be.
 */
export const loadRun = (directory: string): TE.TaskEither<RunFault, RunRecord> =>
  F.pipe(
    readJson(join(directory, 'config.json')),
    TE.filterOrElse(
      config => config !== undefined,
      () => runFault('CannotRead', `${directory} holds no run: config.json is missing`, 'Name a run folder.'),
    ),
    TE.bindTo('config'),
    TE.bind('summary', () => readJson(join(directory, 'summary.json'))),
    TE.bind('given', () => givenSections(join(directory, sectionsFile))),
    TE.bind('seconds', () => phaseSeconds({ directory })),
    TE.bind('curves', () => collectRows(metricRow, join(directory, 'metrics.jsonl'), curvesByPhase)),
    TE.bind('sampled', () => collectRows(rolloutRow, join(directory, 'rollouts.jsonl'), rolloutsAndGroups)),
    TE.bind('failed', () => collectRows(failureRow, join(directory, 'failures.jsonl'), firstFailures)),
    TE.bind('unread', () => TE.rightTask(() => unreadOf(directory))),
    TE.map(({ failed, sampled, ...record }) => ({
      name: basename(resolve(directory)),
      ...record,
      ...sampled,
      ...failed,
    })),
  )
