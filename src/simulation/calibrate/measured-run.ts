import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import { quantile } from '../../advantage/index.ts'
import { type Fault, fault } from '../../flow/index.ts'
import { type MetricRow, metricRow, readRows } from '../../run/index.ts'
import type { Load } from '../model/cost.ts'

/** An update of a run, as its log has it. */
export interface MeasuredUpdate extends Load {
  readonly phase: string
  /** When it was written down, in seconds. */
  readonly time: number
  /** How long its parts took, where they were timed. */
  readonly parts: Readonly<Record<string, number>>
}

/** A run that was measured. */
export interface MeasuredRun {
  readonly directory: string
  readonly updates: readonly MeasuredUpdate[]
}

const updateOf = ({ phase, time, seconds = {}, work }: MetricRow): readonly MeasuredUpdate[] =>
  work === undefined ? [] : [{ phase, time, parts: seconds, ...work }]

/**
 * The updates of reinforcement that a run's metrics.jsonl tells of: when each was made, how long sampling and learning took, how many
 * questions and tokens it was about. Left: `CannotRead`, `BadRow`; `NothingMeasured` where no row says how much was done.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { readMeasuredRun } from 'kinograd/simulation'
 *
 * const run = await readMeasuredRun('no-such-run')()
 * assert(E.isLeft(run) && run.left._tag === 'NothingMeasured')
 * ```
 */
export const readMeasuredRun = (directory: string): TE.TaskEither<Fault, MeasuredRun> =>
  F.pipe(
    readRows(metricRow, join(directory, 'metrics.jsonl'), ({ work }) => work !== undefined),
    TE.map(rows => ({ directory, updates: rows.flatMap(updateOf) })),
    TE.filterOrElseW(
      ({ updates }) => updates.length > 2,
      ({ updates }) =>
        fault(
          'NothingMeasured',
          `${join(directory, 'metrics.jsonl')} has ${updates.length} rows that say how much an update was about`,
          'Give the folder of a run of reinforcement with at least three updates, made by this version.',
        ),
    ),
  )

/** The updates of each phase, without its first one, which warms up. */
const warm = ({ updates }: MeasuredRun): readonly MeasuredUpdate[] =>
  updates.filter(({ phase }, i) => updates[i - 1]?.phase === phase)

/** Updates whose parts were timed. */
export const timedUpdates = (runs: readonly MeasuredRun[]): readonly MeasuredUpdate[] =>
  runs.flatMap(warm).filter(({ parts }) => parts.rollout !== undefined && parts.update !== undefined)

/**
 * Seconds an update of a run: where its parts were timed, the median of their sums, which leaves out evaluations; else the time from its
 * first to its last update by their number.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { secondsPerUpdate } from 'kinograd/simulation'
 *
 * const update = (time: number) => ({ phase: 'rl', time, questions: 2, lengths: [9, 9], parts: {} })
 * assert.equal(secondsPerUpdate({ directory: 'runs/mine', updates: [10, 13, 16].map(update) }), 3)
 * ```
 */
export const secondsPerUpdate = (run: MeasuredRun): number => {
  const timed = timedUpdates([run]).map(({ parts }) => Object.values(parts).reduce((sum, one) => sum + one, 0))
  if (timed.length > 0)
    return quantile(
      timed.toSorted((a, b) => a - b),
      0.5,
    )
  const { updates } = run
  const [first, last] = [updates[0]?.time ?? 0, updates.at(-1)?.time ?? 0]
  return (last - first) / Math.max(1, updates.length - 1)
}
