import { stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { readJson } from '../durable.ts'
import { type RunFault, runFault } from '../fault.ts'
import { isBegun } from '../folder.ts'
import { newestByKey } from '../newest.ts'
import { phaseSeconds } from '../phase.ts'
import { type Collector, collectRows, newestBytes } from '../read-rows.ts'
import { type FailureRow, failureRow, metricRow, type RolloutRow, rolloutRow } from '../rows.ts'
import { curvesByPhase } from './curves.ts'
import { failureKinds } from './failure-kinds.ts'
import { groupsWithin } from './groups.ts'
import { keptCurves } from './kept-curves.ts'
import type { RunRecord } from './record.ts'
import { readSections, type Section } from './section.ts'

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

/** The newest rollouts of each phase, a sample of all groups, and what all of them say, in one reading of the log. */
export const rolloutsAndGroups = (): Collector<RolloutRow, Pick<RunRecord, 'rollouts' | 'groups' | 'kept'>> => {
  const newest = newestByKey<RolloutRow>(rolloutsOfPhase, ({ phase }) => phase)
  const groups = groupsWithin(bytesOfGroups)()
  const kept = keptCurves()
  return {
    add: read => {
      const row = withoutLongSheet(read)
      newest.add(row)
      groups.add(row)
      kept.add(row)
    },
    all: () => ({ rollouts: newest.all(), groups: groups.all(), kept: kept.all() }),
  }
}

/** The first failures, and how many there are of each kind. */
export const failuresByKind = (): Collector<
  FailureRow,
  Pick<RunRecord, 'failures' | 'failureCounts' | 'failureKinds' | 'failedPhases'>
> => {
  const kinds = failureKinds()
  const failures: FailureRow[] = []
  const counts = new Map<string, number>()
  const phases = new Set<string>()
  return {
    add: row => {
      kinds.add(row)
      phases.add(row.phase)
      counts.set(row.tag, (counts.get(row.tag) ?? 0) + 1)
      if (failures.length < shownFailures) failures.push(row)
    },
    all: () => ({
      failures: [...failures],
      failureCounts: Object.fromEntries(counts),
      failureKinds: kinds.all(),
      failedPhases: [...phases],
    }),
  }
}

/** Says of every log that is too long to be read whole how much of it is not. */
export const unreadOf = async (directory: string): Promise<readonly string[]> => {
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

/** What a run folder says of itself beside its logs. */
export type RunFrame = Pick<RunRecord, 'name' | 'config' | 'summary' | 'given' | 'seconds'>

/** Settings of a run; undefined where it was killed before it wrote them. */
const configOf = (directory: string): TE.TaskEither<RunFault, unknown> =>
  F.pipe(
    readJson(join(directory, 'config.json')),
    TE.bindTo('config'),
    TE.bind('begun', ({ config }) => TE.fromTask(async () => config !== undefined || (await isBegun(directory)))),
    TE.filterOrElse(
      ({ begun }) => begun,
      () => runFault('CannotRead', `${directory} holds no run: config.json is missing`, 'Name a run folder.'),
    ),
    TE.map(({ config }) => config),
  )

/** Reads what stands beside the logs. Left: `CannotRead` where the folder holds no run, `BadRow` where a file is not what it should be. */
export const loadFrame = (directory: string): TE.TaskEither<RunFault, RunFrame> =>
  F.pipe(
    configOf(directory),
    TE.bindTo('config'),
    TE.bind('summary', () => readJson(join(directory, 'summary.json'))),
    TE.bind('given', () => givenSections(join(directory, sectionsFile))),
    TE.bind('seconds', () => phaseSeconds({ directory })),
    TE.map(frame => ({ name: basename(resolve(directory)), ...frame })),
  )

/**
 * Reads what a page needs from a run folder of any pipeline; holds the newest 64 rollouts of each phase, the first 50
 * failures and 400 points of each metric. Left: `CannotRead` where the folder holds no run, `BadRow` where a file of it
 * is not what it should be.
 */
export const loadRun = (directory: string): TE.TaskEither<RunFault, RunRecord> =>
  F.pipe(
    loadFrame(directory),
    TE.bindTo('frame'),
    TE.bind('curves', () => collectRows(metricRow, join(directory, 'metrics.jsonl'), curvesByPhase)),
    TE.bind('sampled', () => collectRows(rolloutRow, join(directory, 'rollouts.jsonl'), rolloutsAndGroups)),
    TE.bind('failed', () => collectRows(failureRow, join(directory, 'failures.jsonl'), failuresByKind)),
    TE.bind('unread', () => TE.rightTask(() => unreadOf(directory))),
    TE.map(({ frame, failed, sampled, ...record }) => ({ ...frame, ...record, ...sampled, ...failed })),
  )
