import { appendFile, writeFile } from 'node:fs/promises'
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

/** Begins an event file with everything that metrics.jsonl holds so far. */
export const openEvents = (directory: string, seconds: number): TE.TaskEither<RunFault, Events> => {
  const path = join(directory, `events.out.tfevents.${Math.floor(seconds)}.${hostname()}.${process.pid}`)
  const rebuild = F.pipe(
    readRows(metricRow, join(directory, 'metrics.jsonl')),
    TE.flatMap(rows =>
      TE.tryCatch(
        () => writeFile(path, Buffer.concat([eventFileHeader(seconds), ...rows.flatMap(records)])),
        cannotWrite(path),
      ),
    ),
  )
  const add = (row: MetricRow) => TE.tryCatch(() => appendFile(path, Buffer.concat(records(row))), cannotWrite(path))
  return TE.map(() => ({ add, rebuild }))(rebuild)
}
