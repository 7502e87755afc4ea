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

/**
 * Begins a TensorBoard event file with everything metrics.jsonl holds so far; resolves to what adds a row to it.
 * The file is derived: metrics.jsonl is the record.
 */
export const eventsWriter = (
  directory: string,
  seconds: number,
): TE.TaskEither<RunFault, (row: MetricRow) => TE.TaskEither<RunFault, void>> => {
  const path = join(directory, `events.out.tfevents.${Math.floor(seconds)}.${hostname()}.${process.pid}`)
  return F.pipe(
    readRows(metricRow, join(directory, 'metrics.jsonl')),
    TE.chain(rows =>
      TE.tryCatch(
        () => writeFile(path, Buffer.concat([eventFileHeader(seconds), ...rows.flatMap(records)])),
        cannotWrite(path),
      ),
    ),
    TE.map(() => row => TE.tryCatch(() => appendFile(path, Buffer.concat(records(row))), cannotWrite(path))),
  )
}
