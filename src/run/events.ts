import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import { cannotWrite, type RunFault } from './fault.ts'
import { readRows } from './read-rows.ts'
import { type MetricRow, metricRow } from './rows.ts'
import { eventFileHeader, scalarEvent } from './tfevents.ts'

const records = ({ phase, step, time, values }: MetricRow): readonly Uint8Array[] =>
  Object.entries(values).flatMap(([name, value]) =>
    value === null ? [] : [scalarEvent({ tag: `${phase}/${name}`, step, wallTime: time, value })],
  )

/** TensorBoard's file of a run. It is derived: metrics.jsonl is the record. */
export interface Events {
  readonly add: (row: MetricRow) => TE.TaskEither<RunFault, void>
  /** Writes the whole file again from metrics.jsonl. */
  readonly rebuild: TE.TaskEither<RunFault, void>
}

/** The ending by which our own event files are known: those of others in the folder are never touched. */
const ending = '.kinograd'

const headerBytes = eventFileHeader(0).length

/** Our event file of an earlier process, with the header that it begins with; nothing where there is none. */
const earlier = async (directory: string): Promise<{ readonly path: string; readonly held: Buffer } | undefined> => {
  const [name, ...more] = (await readdir(directory))
    .filter(file => file.startsWith('events.out.tfevents.') && file.endsWith(ending))
    .sort()
  for (const file of more) await rm(join(directory, file))
  if (name === undefined) return undefined
  const path = join(directory, name)
  return { path, held: await readFile(path) }
}

/**
 * TensorBoard's file of a run with everything that metrics.jsonl holds so far: that of an earlier process, brought up to date, or a new
 * one. A file that holds just that already is not written.
 */
export const openEvents = (directory: string, seconds: number): TE.TaskEither<RunFault, Events> =>
  F.pipe(
    TE.tryCatch(() => earlier(directory), cannotWrite(directory)),
    TE.flatMap(before => {
      const name = `events.out.tfevents.${Math.floor(seconds)}.${hostname()}.${process.pid}${ending}`
      const path = before?.path ?? join(directory, name)
      const header =
        before !== undefined && before.held.length >= headerBytes
          ? before.held.subarray(0, headerBytes)
          : eventFileHeader(seconds)
      const whole = TE.map((rows: readonly MetricRow[]) => Buffer.concat([header, ...rows.flatMap(records)]))(
        readRows(metricRow, join(directory, 'metrics.jsonl')),
      )
      const rebuild = TE.flatMap((bytes: Buffer) => TE.tryCatch(() => writeFile(path, bytes), cannotWrite(path)))(whole)
      const add = (row: MetricRow) =>
        TE.tryCatch(() => appendFile(path, Buffer.concat(records(row))), cannotWrite(path))
      return TE.flatMap((bytes: Buffer) =>
        TE.map(() => ({ add, rebuild }))(before?.held.equals(bytes) ? TE.right(undefined) : rebuild),
      )(whole)
    }),
  )
