import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { readValues } from '../../dataset/index.ts'
import { type Fault, fault, type Item, stageError } from '../../flow/index.ts'
import type { HasRecord } from '../../stages/index.ts'
import { brief } from '../../untrusted/index.ts'
import type { HasOutput } from '../items.ts'
import { failedEntry, type ResultRead, recordOfResult, resultRead } from './entry.ts'

/** The file of results of a path: of a folder, its `results.json`. */
export const resultsFile = async (path: string): Promise<string> => {
  const isFolder = await stat(path).then(
    found => found.isDirectory(),
    () => false,
  )
  return isFolder ? join(path, 'results.json') : path
}

/**
 * Reads results one by one: ours, or those of Video-R1's own script, in the layout `{"results": […]}`. Holds one. Left: the faults of the
 * file, `BadRecord` for one without `problem_id` and `reward`.
 */
export async function* readResults(path: string): AsyncGenerator<E.Either<Fault, ResultRead>, void> {
  for await (const placed of readValues(path, { under: 'results' })) {
    if (E.isLeft(placed)) return yield placed
    const read = resultRead.decode(placed.right.value)
    if (E.isLeft(read))
      return yield E.left(
        fault(
          'BadRecord',
          `${placed.right.where} is no result: ${brief(placed.right.value)}`,
          'Name a results.json: each result has problem_id and reward.',
        ),
      )
    yield read
  }
}

/**
 * Records with what a policy answered, out of results: for the diagnostics, which take such items (`fromItems(readOutputs(path))`). Holds
 * one. Left: the faults of the file, `BadRecord` for a result that is no whole record.
 */
export async function* readOutputs(path: string): AsyncGenerator<Item<HasRecord & HasOutput>, void> {
  for await (const read of readResults(path)) {
    const record = E.isRight(read) ? recordOfResult(read.right) : undefined
    if (E.isLeft(read)) yield E.left(stageError('read', path, read.left))
    else if (record === undefined || E.isLeft(record))
      yield E.left(
        stageError(
          'read',
          String(read.right.problem_id),
          fault('BadRecord', `${path}: result ${brief(read.right.problem_id)} is no whole record`, 'Evaluate again.'),
        ),
      )
    else yield E.right({ record: record.right, output: read.right.output ?? '' })
  }
}

/** Ids of questions that have no score, which our files name. A file without any is a file of somebody else. */
export const readFailedIds = async (path: string): Promise<ReadonlySet<string>> => {
  const ids = new Set<string>()
  for await (const placed of readValues(path, { under: 'failed' })) {
    const read = E.isRight(placed) ? failedEntry.decode(placed.right.value) : undefined
    if (read !== undefined && E.isRight(read)) ids.add(String(read.right.problem_id))
  }
  return ids
}
