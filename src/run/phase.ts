import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import type { Fault } from '../flow/index.ts'
import { readJson } from './durable.ts'
import { cannotRead, isMissing, type RunFault } from './fault.ts'
import { filesNow } from './files.ts'
import { markerFolder, markerPath } from './marker.ts'
import type { Run } from './run.ts'
import { asJson, decoded, type PhaseOptions, type Savepoints, savepointsOf } from './savepoints.ts'

/**
 * Runs a phase once. When its work is done, its result (what `result` encodes) is written with the seconds it took in
 * one atomic step; resuming finds that and gives the saved result back without doing the work. A phase that was begun
 * and not finished is run again: from its newest savepoint, when its work makes some, and what it had added to the logs
 * since is taken back first. Phases of one run follow each other; they do not overlap. A phase whose marker was removed
 * is done again from its beginning: its rows leave the logs, those of other phases stay.
 *
 * Left: what `work` gives; `DataChanged`, a file that this or a finished phase vouches for is gone or another; `BadLog`,
 * `BadRow`, `BadResult`, `NoSpace`, `CannotWrite`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import * as t from 'io-ts'
 * import { openRun, phase } from 'kinograd/run'
 *
 * const directory = await mkdtemp(join(tmpdir(), 'kinograd-'))
 * let done = 0
 * const work = () => TE.fromIO(() => ({ loss: ++done }))
 * for (const resume of [false, true]) {
 *   const run = await openRun({ directory, config: { seed: 1 }, resume })()
 *   assert(E.isRight(run))
 *   assert.deepEqual(await phase(run.right, 'SFT', t.type({ loss: t.number }), work)(), E.right({ loss: 1 }))
 *   await run.right.close()
 * }
 * assert.equal(done, 1)
 * ```
 */
export const phase = <A, F extends Fault, S = unknown>(
  run: Run,
  name: string,
  result: t.Type<A, unknown, unknown>,
  work: (points: Savepoints<S>) => TE.TaskEither<F, A>,
  options: PhaseOptions<S> = {},
): TE.TaskEither<F | RunFault, A> => {
  const { reads = [], writes = [] } = options
  const runNow: TE.TaskEither<F | RunFault, A> = async () => {
    const begun = await F.pipe(
      run.ledger.begin(name, reads),
      TE.flatMapEither(marker => savepointsOf(run, options, marker)),
    )()
    if (E.isLeft(begun)) return begun
    run.status?.begin(name)
    const { points, seconds } = begun.right
    const ended = await F.pipe(
      work(points),
      TE.tap(
        (value): TE.TaskEither<F | RunFault, void> =>
          F.pipe(
            TE.fromEither(asJson(name, result, value)),
            TE.bindTo('written'),
            TE.bind('files', () => filesNow(run.directory, writes)),
            TE.flatMap(({ written, files }) => run.ledger.finish(name, { seconds: seconds(), result: written, files })),
          ),
      ),
    )()
    if (E.isLeft(ended)) run.status?.fail(name, ended.left)
    else run.status?.end(name)
    return ended
  }
  return () => {
    const done = run.ledger.done(name)
    if (done === undefined) return runNow()
    return F.pipe(
      run.ledger.check,
      TE.flatMapEither(() => decoded(markerPath(run.directory, name, true), result, done.result)),
      TE.tapIO(() => () => run.status?.skip(name)),
    )()
  }
}

const finished = t.intersection([t.type({ phase: t.string, seconds: t.number }), t.partial({ order: t.number })])

/** What is shown of finished phases, the earliest first; none where the folder is not there. Markers of other versions are read too. */
const finishedPhases = async (folder: string): Promise<readonly (readonly [name: string, at: number])[]> => {
  const names = await readdir(folder).catch((error: unknown): string[] => {
    if (isMissing(error)) return []
    throw error
  })
  return Promise.all(
    names
      .filter(name => name.endsWith('.done.json'))
      .sort()
      .map(async name => [name, (await stat(join(folder, name))).mtimeMs] as const),
  )
}

/** Seconds that each finished phase took, by phase in the order in which they ended, those of earlier processes included. */
export const phaseSeconds = (
  run: Pick<Run, 'directory'>,
): TE.TaskEither<RunFault, Readonly<Record<string, number>>> => {
  const folder = markerFolder(run.directory)
  return F.pipe(
    TE.tryCatch(() => finishedPhases(folder), cannotRead(folder)),
    TE.flatMap(
      TE.traverseSeqArray(([name, at]) =>
        TE.map((json: unknown) => ({ at, marker: finished.decode(json) }))(readJson(join(folder, name))),
      ),
    ),
    TE.map(all =>
      Object.fromEntries(
        all
          .flatMap(({ at, marker }) => (E.isRight(marker) ? [{ at, ...marker.right }] : []))
          .sort((a, b) => (a.order ?? 0) - (b.order ?? 0) || a.at - b.at)
          .map(({ phase: name, seconds }) => [name, seconds] as const),
      ),
    ),
  )
}
