import { open, rename, rm } from 'node:fs/promises'
import { either as E, type taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { type Fault, fault } from '../../flow/index.ts'
import { cannotWrite } from '../../run/index.ts'
import { readings, type Score } from '../score.ts'
import { openScores, type Scores } from '../scores/tally.ts'
import { type FailedEntry, recordOfResult } from './entry.ts'
import type { JournalLine } from './journal.ts'

const readingNamed = new t.Type<Score['read'], string, unknown>(
  'reading',
  (value): value is Score['read'] => readings.some(one => one === value),
  (value, context) => {
    const known = readings.find(one => one === value)
    return known === undefined ? t.failure(value, context) : t.success(known)
  },
  String,
)

/** The score of a result, as it was written. */
const scoreRead = t.intersection([
  t.type({ prediction: t.string, reward: t.number, correct: t.boolean, read: readingNamed }),
  t.partial({ outside: t.literal(true) }),
])

/** Text of Video-R1's layout, piece by piece; what is summed up on the way goes to `done`. */
async function* pieces(
  lines: AsyncIterable<JournalLine>,
  by: readonly string[],
  done: (scores: Scores) => void,
): AsyncGenerator<string, E.Either<Fault, void>> {
  const tally = openScores(by)
  const failed: FailedEntry[] = []
  let first = true
  yield '{"results": ['
  for await (const line of lines) {
    if ('failed' in line) {
      failed.push(line.failed)
      tally.failed(line.failed.tag)
      continue
    }
    const [record, score] = [recordOfResult(line.result), scoreRead.decode(line.result)]
    if (E.isLeft(record) || E.isLeft(score))
      return E.left(
        fault('BadRow', `the result at place ${line.at} cannot be read back`, 'Begin anew in another --out.'),
      )
    tally.answer(record.right, score.right)
    yield `${first ? '' : ','}\n${JSON.stringify(line.result)}`
    first = false
  }
  const scores = tally.result()
  done(scores)
  const means = { mean_acc: scores.accuracy?.value ?? 0, mean_mra: scores.mra?.value ?? 0 }
  yield `\n], "final_acc": [${JSON.stringify(means)}], "failed": [${failed.map(one => `\n${JSON.stringify(one)}`).join(',')}\n]}\n`
  return E.right(undefined)
}

/**
 * Writes results in the layout of Video-R1's script, one after the other: `{"results": […], "final_acc": [{"mean_acc", "mean_mra"}]}`, and
 * behind them `failed`, the questions that have no score. Written beside the file and renamed, so that it is whole or not there. Holds one
 * result, and the failures. Left: faults of the disk.
 */
export const writeResults =
  (path: string, lines: AsyncIterable<JournalLine>, by: readonly string[] = []): TE.TaskEither<Fault, Scores> =>
  async () => {
    const temporary = `${path}.${process.pid}.tmp`
    let scores: Scores | undefined
    const keep = (given: Scores): void => {
      scores = given
    }
    try {
      const file = await open(temporary, 'w')
      try {
        const source = pieces(lines, by, keep)
        for (let next = await source.next(); ; next = await source.next()) {
          if (next.done === true && E.isLeft(next.value)) return next.value
          if (next.done === true) break
          await file.appendFile(next.value)
        }
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
      return E.right(scores!)
    } catch (error) {
      return E.left(cannotWrite(path)(error))
    } finally {
      await rm(temporary, { force: true })
    }
  }
