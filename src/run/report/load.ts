import { basename, join, resolve } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { readJson } from '../durable.ts'
import { type RunFault, runFault } from '../fault.ts'
import { readRows } from '../read-rows.ts'
import { type FailureRow, failureRow, type RolloutRow, rolloutRow } from '../rows.ts'
import { type Summary, summary } from '../summary.ts'

/** What a report is made from. */
export interface ReportData {
  readonly name: string
  /** Settings as they lie in config.json. */
  readonly config: unknown
  /** Absent while the run is not finished. */
  readonly summary?: Summary
  /** The last rollouts of each phase. */
  readonly rollouts: readonly RolloutRow[]
  readonly failures: readonly FailureRow[]
  /** Failures by tag, all of them. */
  readonly failureCounts: Readonly<Record<string, number>>
}

const perPhase = 64
const shownFailures = 50

const lastRollouts = (path: string): TE.TaskEither<RunFault, readonly RolloutRow[]> => {
  const kept = new Map<string, RolloutRow[]>()
  return F.pipe(
    readRows(rolloutRow, path, row => {
      const rows = kept.get(row.phase) ?? []
      kept.set(row.phase, [...rows, row].slice(-perPhase))
      return false
    }),
    TE.map(() => [...kept.values()].flat()),
  )
}

/** Reads what a report needs from a run folder; holds the last 64 rollouts of each phase and the first 50 failures. */
export const loadReport = (directory: string): TE.TaskEither<RunFault, ReportData> => {
  const counts: Record<string, number> = {}
  const files = {
    config: readJson(join(directory, 'config.json')),
    summary: readJson(join(directory, 'summary.json')),
    rollouts: lastRollouts(join(directory, 'rollouts.jsonl')),
    failures: readRows(failureRow, join(directory, 'failures.jsonl'), ({ tag }) => {
      counts[tag] = (counts[tag] ?? 0) + 1
      return Object.values(counts).reduce((sum, count) => sum + count, 0) <= shownFailures
    }),
  }
  return F.pipe(
    TE.Do,
    TE.bind('config', () => files.config),
    TE.bind('saved', () => files.summary),
    TE.bind('rollouts', () => files.rollouts),
    TE.bind('failures', () => files.failures),
    TE.flatMapEither(({ config, saved, rollouts, failures }) => {
      if (config === undefined)
        return E.left(runFault('CannotRead', `${directory} holds no run: config.json is missing`, 'Name a run folder.'))
      const data = { name: basename(resolve(directory)), config, rollouts, failures, failureCounts: counts }
      if (saved === undefined) return E.right(data)
      return F.pipe(
        summary.decode(saved),
        E.bimap(
          errors => {
            const field = errors[0]?.context.map(({ key }) => key).filter(key => key !== '' && !/^\d+$/.test(key))
            const at = field === undefined || field.length === 0 ? '' : ` at ${field.join('.')}`
            return runFault('BadRow', `${join(directory, 'summary.json')} is not a summary${at}`, 'Run the job again.')
          },
          found => ({ ...data, summary: found }),
        ),
      )
    }),
  )
}
