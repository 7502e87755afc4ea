import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { cannotWrite, type RunFault, runFault } from './fault.ts'
import { checkFiles, type Files, filesNow } from './files.ts'
import { startOf, wrongStart } from './log.ts'
import { badLog, type Logs, openLogs } from './logs.ts'
import { type Marker, markerPath, readMarkers, writeMarker } from './marker.ts'

/** What a phase writes down of itself. */
interface Entry {
  readonly seconds: number
  readonly state?: unknown
  readonly result?: unknown
  /** Files that must be as they are now. */
  readonly files: Files
}

/** What a run knows of its phases and logs. A marker vouches for both: the newest one says what every log held. */
export interface Ledger {
  readonly logs: Logs
  /** The phase under way. */
  readonly current: () => string | undefined
  /** The marker of a phase that has ended. */
  readonly done: (phase: string) => Marker | undefined
  /** Looks, once, whether all files that finished phases wrote are as they were. Left: `DataChanged`. */
  readonly check: TE.TaskEither<RunFault, void>
  /**
   * Begins a phase that has not ended: at its newest savepoint, with logs as they were then, or at its beginning, with no row of it in
   * any log. Checks all files that finished phases wrote, and those that this one reads.
   */
  readonly begin: (phase: string, reads: readonly string[]) => TE.TaskEither<RunFault, Marker>
  /** Writes a savepoint of the phase under way. */
  readonly save: (phase: string, entry: Entry) => TE.TaskEither<RunFault, void>
  /** Writes that a phase has ended. */
  readonly finish: (phase: string, entry: Entry) => TE.TaskEither<RunFault, void>
}

/** What is known of a phase, finished or not, by its name. */
type Known = Map<string, Marker>

const newestOf = (known: Known): Marker | undefined => [...known.values()].sort((a, b) => a.order - b.order).at(-1)

const keyOf = (phase: string, done: boolean): string => `${done ? 'done' : 'begun'} ${phase}`

/** Whether all logs begin with what the newest marker says; they may go on after it. */
const checkLogs = (directory: string, { logs }: Marker): TE.TaskEither<RunFault, void> =>
  F.pipe(
    Object.entries(logs),
    TE.traverseSeqArray(([name, held]) => {
      const path = join(directory, name)
      return F.pipe(
        TE.tryCatch(() => startOf(path, held.bytes), cannotWrite(path)),
        TE.flatMapEither(start => {
          const wrong = wrongStart(start, held)
          return wrong === undefined ? E.right(undefined) : E.left(badLog(path, wrong))
        }),
      )
    }),
    TE.map(() => undefined),
  )

/** Opens the ledger of a run folder. Left: `BadRow`, a marker that was changed; `BadLog`; `OtherConfig`. */
export const openLedger = (
  directory: string,
  config: string,
  changed: TE.TaskEither<RunFault, void>,
): TE.TaskEither<RunFault, Ledger> =>
  F.pipe(
    readMarkers(directory),
    TE.filterOrElse(
      markers => markers.every(marker => marker.config === config),
      () =>
        runFault(
          'OtherConfig',
          `${join(directory, 'phases')} was written under other settings than config.json holds now`,
          'Restore config.json, or start a new run with another --out.',
        ),
    ),
    TE.flatMap(markers => {
      const known: Known = new Map(markers.map(marker => [keyOf(marker.phase, marker.done), marker]))
      const newest = newestOf(known)
      return F.pipe(
        openLogs(directory, newest?.logs ?? {}),
        TE.tap(logs =>
          newest === undefined
            ? TE.right(undefined)
            : newest.done
              ? checkLogs(directory, newest)
              : logs.rewind(newest.logs),
        ),
        TE.map(logs => ledgerOf({ directory, config, changed, logs, known })),
      )
    }),
  )

interface Book {
  readonly directory: string
  readonly config: string
  /** Told when rows were taken out of a log. */
  readonly changed: TE.TaskEither<RunFault, void>
  readonly logs: Logs
  readonly known: Known
}

/** Begins a phase from its beginning: its rows leave the logs, and `write` vouches for what is left before they do. */
const begunAnew = (
  { directory, logs, changed }: Book,
  phase: string,
  write: (files: Files, positions: Marker['logs']) => TE.TaskEither<RunFault, Marker>,
  reads: readonly string[],
): TE.TaskEither<RunFault, Marker> =>
  F.pipe(
    filesNow(directory, reads),
    TE.bindTo('files'),
    TE.bind('prepared', () => logs.without(phase)),
    TE.bind('marker', ({ files, prepared }) => write(files, prepared.positions)),
    TE.tap(({ prepared }) => prepared.put),
    TE.tap(() => changed),
    TE.map(({ marker }) => marker),
  )

/** Continues a phase at its savepoint, with files and logs as they were then. */
const begunAgain = ({ directory, logs, changed }: Book, marker: Marker): TE.TaskEither<RunFault, Marker> =>
  F.pipe(
    checkFiles(directory, marker.files),
    TE.flatMap(() =>
      JSON.stringify(logs.positions()) === JSON.stringify(marker.logs)
        ? TE.right(undefined)
        : TE.flatMap(() => changed)(logs.rewind(marker.logs)),
    ),
    TE.map(() => marker),
  )

const ledgerOf = (book: Book): Ledger => {
  const { directory, logs, known, config } = book
  let current: string | undefined
  let checked = false
  const write = (phase: string, done: boolean, entry: Entry, positions = logs.positions()) => {
    const order = (newestOf(known)?.order ?? 0) + 1
    const marker: Marker = { phase, done, order, config, logs: positions, ...entry }
    return TE.map(() => {
      known.set(keyOf(phase, done), marker)
      return marker
    })(writeMarker(directory, marker))
  }
  const finished = (): Files =>
    Object.assign({}, ...[...known.values()].filter(({ done }) => done).map(({ files }) => files))
  /** Files that finished phases wrote: looked at once, before anything is done in this process. */
  const checkFinished: TE.TaskEither<RunFault, void> = () => {
    if (checked) return Promise.resolve(E.right(undefined))
    checked = true
    return checkFiles(directory, finished())()
  }
  const anew = (phase: string, reads: readonly string[]) =>
    begunAnew(book, phase, (files, positions) => write(phase, false, { seconds: 0, files }, positions), reads)
  const again = (marker: Marker) => begunAgain(book, marker)
  return {
    logs,
    current: () => current,
    done: phase => known.get(keyOf(phase, true)),
    check: checkFinished,
    begin: (phase, reads) =>
      F.pipe(
        checkFinished,
        TE.flatMap(() => {
          current = phase
          const begun = known.get(keyOf(phase, false))
          return begun !== undefined && begun === newestOf(known) ? again(begun) : anew(phase, reads)
        }),
      ),
    save: (phase, entry) =>
      F.pipe(
        logs.sync,
        TE.flatMap(() => write(phase, false, entry)),
        TE.map(() => undefined),
      ),
    finish: (phase, entry) =>
      F.pipe(
        logs.sync,
        TE.flatMap(() => write(phase, true, entry)),
        TE.flatMap(() => {
          current = undefined
          known.delete(keyOf(phase, false))
          const path = markerPath(directory, phase, false)
          return TE.tryCatch(() => rm(path, { force: true }), cannotWrite(path))
        }),
      ),
  }
}
