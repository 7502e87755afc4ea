import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import { differences } from './config.ts'
import { readJson, writeWhole } from './durable.ts'
import { openEvents } from './events.ts'
import { cannotWrite, type RunFault, runFault } from './fault.ts'
import { takeLock } from './lock.ts'
import { appendRows, dropPartialLines, type Positions, positions, rewind } from './logs.ts'
import type { FailureRow, MetricRow, RolloutRow } from './rows.ts'
import { type Scrub, scrubber } from './secrets.ts'
import type { Status } from './status.ts'

/** An open run: one folder, one process. Every write is scrubbed of secrets. */
export interface Run {
  readonly directory: string
  /** True where the folder held this run already. */
  readonly resumed: boolean
  readonly scrub: Scrub
  /** The live line, where one was given. */
  readonly status?: Status
  /** Adds the numbers of one step to metrics.jsonl and to TensorBoard's event file (as `<phase>/<name>`). */
  readonly metrics: (row: Omit<MetricRow, 'time' | 'values'> & Numbers) => TE.TaskEither<RunFault, void>
  readonly rollouts: (rows: readonly RolloutRow[]) => TE.TaskEither<RunFault, void>
  readonly failure: (row: Omit<FailureRow, 'time'>) => TE.TaskEither<RunFault, void>
  /** Writes summary.json, all or nothing: what the run came to, whatever its pipeline says of that. The run is finished then. */
  readonly summary: (summary: object) => TE.TaskEither<RunFault, void>
  /** Lengths of the logs now: kept beside a checkpoint, they say what belongs to it. */
  readonly positions: TE.TaskEither<RunFault, Positions>
  /** Takes back what was logged since. */
  readonly rewind: (to: Positions) => TE.TaskEither<RunFault, void>
  /** Releases the lock. Everything was on disk before. */
  readonly close: () => Promise<void>
}

/** What is not a finite number is written as null. */
interface Numbers {
  readonly values: Readonly<Record<string, number>>
}

/** Where a run lives, and what has to be the same when it is resumed. */
export interface RunOptions {
  readonly directory: string
  /** The settings that must be the same for a resumed run: what JSON can hold. */
  readonly config: Readonly<Record<string, unknown>>
  readonly resume: boolean
  readonly status?: Status
  /** Where secrets are looked for; `process.env` by default. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

const inWords = (value: unknown): string => (value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value)))

const refusalOf =
  (directory: string, config: unknown, resume: boolean) =>
  (saved: unknown): RunFault | undefined => {
    if (saved === undefined) return undefined
    if (!resume)
      return runFault(
        'RunExists',
        `${directory} holds a run already`,
        'Add --resume to continue it, or choose another --out.',
      )
    const [first, ...others] = differences(saved, config)
    if (first === undefined) return undefined
    const more = others.length === 0 ? '' : ` (also ${others.map(({ field }) => field).join(', ')})`
    return runFault(
      'OtherConfig',
      `${directory} was made with ${first.field} = ${inWords(first.saved)}, now it is ${inWords(first.asked)}${more}`,
      'Use the same settings to resume, or choose another --out.',
    )
  }

const prepared = (directory: string): TE.TaskEither<RunFault, void> =>
  TE.tryCatch(async () => {
    await mkdir(join(directory, 'checkpoints'), { recursive: true })
    await mkdir(join(directory, 'phases'), { recursive: true })
    // Event files are made from metrics.jsonl: those of an earlier process are written again in one file.
    for (const name of await readdir(directory))
      if (name.startsWith('events.out.tfevents.')) await rm(join(directory, name))
  }, cannotWrite(directory))

const finite = (values: Readonly<Record<string, number>>): MetricRow['values'] =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number.isFinite(value) ? value : null]))

/**
 * Opens a run folder: makes it, or continues it when `resume` is set and the settings are the same (the first that
 * differs is named). Takes the folder's lock (`Locked` when another process has it). A run killed while writing loses
 * at most the line it was writing. Resuming a folder that holds no run starts one (`resumed` is false). Left:
 * `RunExists`, `OtherConfig`, `Locked`, `CannotRead`, `CannotWrite`, `BadRow`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { metricRow, openRun, readRows } from 'kinograd/run'
 *
 * const directory = await mkdtemp(join(tmpdir(), 'kinograd-'))
 * const opened = await openRun({ directory, config: { seed: 1 }, resume: false })()
 * assert(E.isRight(opened))
 * const run = opened.right
 * await run.metrics({ phase: 'rl', step: 0, values: { reward: 1.5 } })()
 * await run.close()
 * const rows = await readRows(metricRow, join(directory, 'metrics.jsonl'))()
 * assert(E.isRight(rows) && rows.right[0]?.values.reward === 1.5)
 * ```
 */
export const openRun = (options: RunOptions): TE.TaskEither<RunFault, Run> => {
  const { directory, resume, status, env = process.env, now = Date.now } = options
  const scrub = scrubber(env)
  const config = scrub.value(JSON.parse(JSON.stringify(options.config)))
  const configPath = join(directory, 'config.json')
  const seconds = () => now() / 1000
  const opened = (resumed: boolean, close: () => Promise<void>): TE.TaskEither<RunFault, Run> =>
    F.pipe(
      prepared(directory),
      TE.flatMap(() =>
        resumed ? TE.right(undefined) : writeWhole(configPath, `${JSON.stringify(config, null, 2)}\n`),
      ),
      TE.flatMap(() => dropPartialLines(directory)),
      TE.flatMap(() => openEvents(directory, seconds())),
      TE.map(events => ({
        directory,
        resumed,
        scrub,
        ...(status === undefined ? {} : { status }),
        metrics: ({ phase, step, values }) => {
          const row: MetricRow = { time: seconds(), phase, step, values: finite(values) }
          return F.pipe(
            appendRows(directory, 'metrics.jsonl', [scrub.value(row)]),
            TE.flatMap(() => events.add(row)),
          )
        },
        rollouts: rows => appendRows(directory, 'rollouts.jsonl', rows.map(scrub.value)),
        failure: row => appendRows(directory, 'failures.jsonl', [scrub.value({ time: seconds(), ...row })]),
        summary: summary =>
          writeWhole(join(directory, 'summary.json'), `${JSON.stringify(scrub.value(summary), null, 2)}\n`),
        positions: positions(directory),
        rewind: to =>
          F.pipe(
            rewind(directory, to),
            TE.flatMap(() => events.rebuild),
          ),
        close,
      })),
    )
  return F.pipe(
    TE.tryCatch(() => mkdir(directory, { recursive: true }), cannotWrite(directory)),
    TE.flatMap(() => takeLock(directory)),
    TE.flatMap(close => async () => {
      const result = await F.pipe(
        readJson(configPath),
        TE.flatMap(saved => {
          const wrong = refusalOf(directory, config, resume)(saved)
          return wrong === undefined ? opened(saved !== undefined, close) : TE.left(wrong)
        }),
      )()
      if (result._tag === 'Left') await close()
      return result
    }),
  )
}
