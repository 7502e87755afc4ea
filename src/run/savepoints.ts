import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type * as t from 'io-ts'
import { type RunFault, runFault } from './fault.ts'
import { filesNow, filesOf } from './files.ts'
import { type Marker, markerPath } from './marker.ts'
import type { Run } from './run.ts'

/** What a phase keeps on its way, so that it is continued and not begun anew. */
export interface Savepoints<S> {
  /** What was kept last; undefined where the phase begins. Logs are as they were then. */
  readonly kept: S | undefined
  /**
   * Writes down, all or nothing, where the phase stands: `state`, what every log holds, and the digests of `files` (paths), which must be
   * the same when the phase is continued. Left: `BadResult` where JSON cannot hold the state; `BadLog`, `NoSpace`, `CannotWrite`.
   */
  readonly save: (state: S, files?: readonly string[]) => TE.TaskEither<RunFault, void>
  /** Whether so many seconds have passed since the last savepoint, or since the phase was begun or continued. */
  readonly older: (seconds: number) => boolean
}

/** What a phase keeps, reads and writes. */
export interface PhaseOptions<S> {
  /** How what savepoints keep is read again; without it nothing can be kept. */
  readonly state?: t.Type<S, unknown, unknown>
  /** Files that must not change from the beginning of the phase to its end: data, checkpoints. */
  readonly reads?: readonly string[]
  /** Files that the phase makes and that must be the same when the run is resumed later. */
  readonly writes?: readonly string[]
}

/** A value as JSON will hold it, which its codec must be able to read. */
export const asJson = <A>(name: string, codec: t.Type<A, unknown, unknown>, value: A): E.Either<RunFault, unknown> => {
  const written: unknown = JSON.parse(JSON.stringify(codec.encode(value)) ?? 'null')
  return E.isRight(codec.decode(written))
    ? E.right(written)
    : E.left(
        runFault(
          'BadResult',
          `phase ${name}: what it came to is not a ${codec.name} once written as JSON`,
          'Mend its codec.',
        ),
      )
}

/** What a file of the run holds, as its codec reads it. */
export const decoded = <A>(path: string, codec: t.Type<A, unknown, unknown>, value: unknown): E.Either<RunFault, A> =>
  E.mapLeft(() =>
    runFault('BadRow', `${path} does not hold a ${codec.name}`, 'Remove that file to run the phase again.'),
  )(codec.decode(value))

const noCodec = (name: string): RunFault =>
  runFault(
    'BadResult',
    `phase ${name} keeps something and has no codec for it`,
    'Give `state` in the options of the phase.',
  )

/** Savepoints of a phase that goes on from a marker, and how many seconds it has taken in all. */
export const savepointsOf = <S>(
  run: Pick<Run, 'directory' | 'ledger'>,
  { state: codec, reads = [] }: PhaseOptions<S>,
  marker: Marker,
): E.Either<RunFault, { readonly points: Savepoints<S>; readonly seconds: () => number }> => {
  const { phase: name } = marker
  const ofReads = filesOf(run.directory, marker.files, reads)
  const start = performance.now()
  let last = start
  const seconds = (): number => marker.seconds + (performance.now() - start) / 1000
  const save = (state: S, paths: readonly string[] = []): TE.TaskEither<RunFault, void> =>
    F.pipe(
      TE.fromEither(codec === undefined ? E.left(noCodec(name)) : asJson(name, codec, state)),
      TE.bindTo('written'),
      TE.bind('now', () => filesNow(run.directory, paths)),
      TE.flatMap(({ written, now }) =>
        run.ledger.save(name, { seconds: seconds(), state: written, files: { ...ofReads, ...now } }),
      ),
      TE.tapIO(() => () => {
        last = performance.now()
      }),
    )
  const points = (kept: S | undefined): Savepoints<S> => ({
    kept,
    save,
    older: limit => performance.now() - last > limit * 1000,
  })
  return marker.state === undefined || codec === undefined
    ? E.right({ points: points(undefined), seconds })
    : E.map((kept: S) => ({ points: points(kept), seconds }))(
        decoded(markerPath(run.directory, name, false), codec, marker.state),
      )
}
