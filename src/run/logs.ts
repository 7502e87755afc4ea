import { appendFile, readFile, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { cannotWrite, isMissing, type RunFault } from './fault.ts'

/** The files of a run that only grow. */
const logNames = ['metrics.jsonl', 'rollouts.jsonl', 'failures.jsonl'] as const
/** A log of a run folder. */
export type LogName = (typeof logNames)[number]

/** Lengths in bytes, by log. */
export const positionsCodec = t.type(
  { 'metrics.jsonl': t.number, 'rollouts.jsonl': t.number, 'failures.jsonl': t.number } satisfies Record<
    LogName,
    t.Mixed
  >,
  'log positions',
)
/** How much of each log a finished phase vouches for. */
export type Positions = Readonly<t.TypeOf<typeof positionsCodec>>

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    (error: unknown) => {
      if (isMissing(error)) return 0
      throw error
    },
  )

/** Lengths of the logs now. */
export const positions = (directory: string): TE.TaskEither<RunFault, Positions> =>
  TE.tryCatch(async () => {
    const [metrics, rollouts, failures] = await Promise.all([
      sizeOf(join(directory, 'metrics.jsonl')),
      sizeOf(join(directory, 'rollouts.jsonl')),
      sizeOf(join(directory, 'failures.jsonl')),
    ])
    return { 'metrics.jsonl': metrics, 'rollouts.jsonl': rollouts, 'failures.jsonl': failures }
  }, cannotWrite(directory))

/** Cuts the logs back to earlier lengths: what a phase wrote before it was killed goes when the phase is run again. */
export const rewind = (directory: string, to: Positions): TE.TaskEither<RunFault, void> =>
  TE.tryCatch(async () => {
    for (const name of logNames) {
      const path = join(directory, name)
      if ((await sizeOf(path)) > to[name]) await truncate(path, to[name])
    }
  }, cannotWrite(directory))

/** Drops a last line that a killed process left unfinished. */
export const dropPartialLines = (directory: string): TE.TaskEither<RunFault, void> =>
  TE.tryCatch(async () => {
    for (const name of logNames) {
      const path = join(directory, name)
      const size = await sizeOf(path)
      if (size === 0) continue
      const bytes = await readFile(path)
      const end = bytes.lastIndexOf(0x0a) + 1
      if (end < size) await truncate(path, end)
    }
  }, cannotWrite(directory))

/** Adds rows in one write. */
export const appendRows = (
  directory: string,
  name: LogName,
  rows: readonly unknown[],
): TE.TaskEither<RunFault, void> => {
  const path = join(directory, name)
  return TE.tryCatch(() => appendFile(path, rows.map(row => `${JSON.stringify(row)}\n`).join('')), cannotWrite(path))
}
