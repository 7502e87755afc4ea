import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import type { Fault } from '../flow/index.ts'
import { readJson, writeWhole } from './durable.ts'
import { cannotRead, cannotWrite, isMissing, type RunFault, runFault } from './fault.ts'
import { positionsCodec } from './logs.ts'
import type { Run } from './run.ts'

const finished = t.type({ phase: t.string, seconds: t.number, result: t.unknown }, 'finished phase')

const markerOf = (run: Run, name: string, what: 'done' | 'begun'): string =>
  join(run.directory, 'phases', `${encodeURIComponent(name)}.${what}.json`)

const asJson = <A>(name: string, result: t.Type<A, unknown, unknown>, value: A): E.Either<RunFault, unknown> => {
  const written: unknown = JSON.parse(JSON.stringify(result.encode(value)) ?? 'null')
  return E.isRight(result.decode(written))
    ? E.right(written)
    : E.left(
        runFault(
          'BadResult',
          `phase ${name}: its result is not a ${result.name} once written as JSON`,
          'Mend its codec.',
        ),
      )
}

/** How a phase starts again after it was cut off. */
export interface PhaseOptions {
  /** The work continues from a checkpoint of its own: logs are not taken back to the beginning of the phase. */
  readonly continues?: boolean
}

const begin = (run: Run, name: string, continues: boolean): TE.TaskEither<RunFault, void> => {
  const begun = markerOf(run, name, 'begun')
  return F.pipe(
    readJson(begun),
    TE.flatMap(saved => {
      const earlier = positionsCodec.decode(saved)
      if (continues && E.isRight(earlier)) return TE.right(undefined)
      return E.isRight(earlier)
        ? run.rewind(earlier.right)
        : F.pipe(
            run.positions,
            TE.flatMap(now => writeWhole(begun, JSON.stringify(now))),
          )
    }),
  )
}

/**
 * Runs a phase once. When its work is done, its result (what `result` encodes) is written with the seconds it took in
 * one atomic step; resuming finds that and gives the saved result back without doing the work. A phase that was begun
 * and not finished is run again, and what it had added to the logs is taken back first. A failed or aborted phase is
 * not marked. Phases of one run follow each other; they do not overlap.
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
export const phase = <A, F extends Fault>(
  run: Run,
  name: string,
  result: t.Type<A, unknown, unknown>,
  work: () => TE.TaskEither<F, A>,
  options: PhaseOptions = {},
): TE.TaskEither<F | RunFault, A> => {
  const marker = markerOf(run, name, 'done')
  const runNow: TE.TaskEither<F | RunFault, A> = async () => {
    const ready = await begin(run, name, options.continues ?? false)()
    if (E.isLeft(ready)) return ready
    run.status?.begin(name)
    const start = performance.now()
    const worked = await work()()
    if (E.isLeft(worked)) {
      run.status?.fail(name, worked.left)
      return worked
    }
    const seconds = (performance.now() - start) / 1000
    const saved = await F.pipe(
      TE.fromEither(asJson(name, result, worked.right)),
      TE.flatMap(written => writeWhole(marker, `${JSON.stringify({ phase: name, seconds, result: written })}\n`)),
      TE.flatMap(() => TE.tryCatch(() => rm(markerOf(run, name, 'begun'), { force: true }), cannotWrite(marker))),
    )()
    if (E.isLeft(saved)) {
      run.status?.fail(name, saved.left)
      return saved
    }
    run.status?.end(name)
    return worked
  }
  return F.pipe(
    readJson(marker),
    TE.flatMap((saved): TE.TaskEither<F | RunFault, A> => {
      if (saved === undefined) return runNow
      const done = F.pipe(
        finished.decode(saved),
        E.flatMap(({ result: kept }) => result.decode(kept)),
      )
      if (E.isLeft(done))
        return TE.left(
          runFault('BadRow', `${marker} does not hold a ${result.name}`, 'Remove that file to run the phase again.'),
        )
      run.status?.skip(name)
      return TE.right(done.right)
    }),
  )
}

/** Names of the markers of finished phases, the earliest first; none where the folder is not there. */
const markersOf = async (folder: string): Promise<readonly string[]> => {
  const names = await readdir(folder).catch((error: unknown): string[] => {
    if (isMissing(error)) return []
    throw error
  })
  const written = await Promise.all(
    names
      .filter(name => name.endsWith('.done.json'))
      .map(async name => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  )
  return written.sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1)).map(({ name }) => name)
}

/** Seconds that each finished phase took, by phase in the order in which they ended, those of earlier processes included. */
export const phaseSeconds = (
  run: Pick<Run, 'directory'>,
): TE.TaskEither<RunFault, Readonly<Record<string, number>>> => {
  const folder = join(run.directory, 'phases')
  return F.pipe(
    TE.tryCatch(() => markersOf(folder), cannotRead(folder)),
    TE.flatMap(TE.traverseArray((name: string) => readJson(join(folder, name)))),
    TE.map(all =>
      Object.fromEntries(
        all.flatMap(one => {
          const marker = finished.decode(one)
          return E.isRight(marker) ? [[marker.right.phase, marker.right.seconds] as const] : []
        }),
      ),
    ),
  )
}
