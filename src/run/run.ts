import { mkdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import { differences } from './config.ts'
import { sha256Of } from './digest.ts'
import { readJson, writeWhole } from './durable.ts'
import { type Events, openEvents } from './events.ts'
import { cannotWrite, type RunFault, runFault } from './fault.ts'
import { checkFolder, enrol } from './folder.ts'
import { openGauges } from './gauges.ts'
import { type Ledger, openLedger } from './ledger.ts'
import { takeLock } from './lock.ts'
import type { Machine } from './machine.ts'
import type { FailureRow, MetricRow, RolloutRow } from './rows.ts'
import { type Scrub, scrubber } from './secrets.ts'
import type { Status } from './status.ts'
import { statusFeed } from './status-feed.ts'

/** An open run: one folder, one process. Every write is scrubbed of secrets. */
export interface Run {
  readonly directory: string
  /** True where the folder held this run already. */
  readonly resumed: boolean
  readonly scrub: Scrub
  /** The live line, where one was given. */
  readonly status?: Status
  /** Adds the numbers of one step to metrics.jsonl and to TensorBoard's event file (as `<phase>/<name>`). Its time is now unless given. */
  readonly metrics: (row: MaybeTimed<Omit<MetricRow, 'values'>> & Numbers) => TE.TaskEither<RunFault, void>
  readonly rollouts: (rows: readonly RolloutRow[]) => TE.TaskEither<RunFault, void>
  readonly failure: (row: MaybeTimed<FailureRow>) => TE.TaskEither<RunFault, void>
  /** Adds lines to a file of the phase under way: what a savepoint or the end of a phase says of logs, it says of it too. */
  readonly output: (name: string, rows: readonly unknown[]) => TE.TaskEither<RunFault, void>
  /** Writes summary.json, all or nothing: what the run came to, whatever its pipeline says of that. The run is finished then. */
  readonly summary: (summary: object) => TE.TaskEither<RunFault, void>
  /** The machines and versions that the run was on, this process's last. More than one: numbers may differ in their last bits. */
  readonly machines: readonly Machine[]
  /** What is known of phases and logs: `phase` works with it. */
  readonly ledger: Ledger
  /** Releases the lock. Everything was on disk before. */
  readonly close: () => Promise<void>
}

/** A row whose time is now unless given. */
type MaybeTimed<A extends { readonly time: number }> = Omit<A, 'time'> & Partial<Pick<A, 'time'>>

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
  }, cannotWrite(directory))

const finite = (values: Readonly<Record<string, number>>): MetricRow['values'] =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number.isFinite(value) ? value : null]))

/**
 * Opens a run folder: makes it, or continues it when `resume` is set and the settings are the same (the first that
 * differs is named). Takes the folder's lock (`Locked` when another process has it). A run killed while writing loses
 * at most the line it was writing. Resuming a folder that is empty or not there starts one (`resumed` is false). Where a
 * phase was cut off, all logs are taken back to its newest savepoint. Left: `NotARun` where the folder holds other
 * things, which stay as they are; `RunExists`, `OtherConfig`, `OtherVersion`, `Locked`, `CannotRead`, `CannotWrite`,
 * `NoSpace`; `BadLog` where a log was cut or altered, `BadRow` where another file of the run was.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { basename, join, resolve } from 'node:path'
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
  const { directory, resume, env = process.env } = options
  const scrub = scrubber(env)
  const config = scrub.value(JSON.parse(JSON.stringify(options.config)))
  return F.pipe(
    checkFolder(directory),
    TE.flatMap(() => TE.tryCatch(() => mkdir(directory, { recursive: true }), cannotWrite(directory))),
    TE.flatMap(() => takeLock(directory)),
    TE.flatMap(close => async () => {
      const result = await F.pipe(
        readJson(join(directory, 'config.json')),
        TE.flatMap(saved => {
          const wrong = refusalOf(directory, config, resume)(saved)
          return wrong === undefined
            ? opened({ ...options, config, scrub, resumed: saved !== undefined, close })
            : TE.left(wrong)
        }),
      )()
      if (result._tag === 'Left') await close()
      return result
    }),
  )
}

/** A run whose folder is ours. */
interface Opening extends Omit<RunOptions, 'config'> {
  readonly config: unknown
  readonly scrub: Scrub
  readonly resumed: boolean
  readonly close: () => Promise<void>
}

const opened = (opening: Opening): TE.TaskEither<RunFault, Run> => {
  const { directory, resumed, config, now = Date.now } = opening
  const begun = now() / 1000
  let rebuild: TE.TaskEither<RunFault, void> = TE.right(undefined)
  return F.pipe(
    enrol(directory, resumed),
    TE.bindTo('machines'),
    TE.tap(() =>
      resumed
        ? TE.right(undefined)
        : writeWhole(join(directory, 'config.json'), `${JSON.stringify(config, null, 2)}\n`),
    ),
    TE.tap(() => prepared(directory)),
    TE.bind('ledger', () => openLedger(directory, sha256Of(JSON.stringify(config)), () => rebuild())),
    TE.bind('events', () => openEvents(directory, begun)),
    TE.map(({ machines, ledger, events }) => {
      rebuild = events.rebuild
      return runOf(opening, machines, ledger, events)
    }),
  )
}

const runOf = (
  { directory, resumed, scrub, status, close, now = Date.now }: Opening,
  machines: readonly Machine[],
  ledger: Ledger,
  events: Events,
): Run => {
  const seconds = () => now() / 1000
  const { append } = ledger.logs
  const gauges = openGauges(basename(resolve(directory)))
  const feed = status === undefined ? undefined : statusFeed(status, now)
  return {
    directory,
    resumed,
    scrub,
    ...(status === undefined ? {} : { status }),
    metrics: ({ values, ...about }) => {
      const row: MetricRow = { time: seconds(), ...about, values: finite(values) }
      return F.pipe(
        append('metrics.jsonl', [scrub.value(row)]),
        TE.flatMap(() => events.add(row)),
        TE.tapIO(() => () => {
          gauges(row)
          feed?.metrics(row)
        }),
      )
    },
    rollouts: rows =>
      F.pipe(
        append('rollouts.jsonl', rows.map(scrub.value)),
        TE.tapIO(() => () => feed?.rollouts(rows)),
      ),
    failure: row =>
      F.pipe(
        append('failures.jsonl', [scrub.value({ time: seconds(), ...row })]),
        TE.tapIO(() => () => feed?.failure(row)),
      ),
    output: (name, rows) => append(name, rows.map(scrub.value), ledger.current()),
    summary: summary =>
      writeWhole(join(directory, 'summary.json'), `${JSON.stringify(scrub.value(summary), null, 2)}\n`),
    machines,
    ledger,
    close,
  }
}
