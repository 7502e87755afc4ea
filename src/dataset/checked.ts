import { either as E } from 'fp-ts'
import { fault } from '../flow/index.ts'
import { brief } from '../untrusted/index.ts'
import type { DatasetFault } from './fault.ts'
import { labelOf, letterAt, saidBy } from './options.ts'
import type { Records } from './read.ts'
import type { VideoRecord } from './record.ts'
import { seenIds } from './seen-ids.ts'

/** What is to be done with records that can be read and yet cannot be right. */
export interface CheckOptions {
  /** `refuse`: their fault takes their place. `keep`: they are given all the same, and `onFlaw` hears of it. `refuse` when not given. */
  readonly flaws?: 'refuse' | 'keep'
  /** Hears of every flaw, whatever is done with its record. */
  readonly onFlaw?: (flaw: DatasetFault) => void
}

/** Whether the answer is one of the options: its letter, its text, or both. */
const holds = (options: readonly string[], answer: string): boolean =>
  options.some((option, place) => answer === option || answer === (labelOf(option) ?? letterAt(place))) ||
  options.some((option, place) => {
    const said = saidBy(option)
    return (
      answer === said ||
      (labelOf(answer) === (labelOf(option) ?? letterAt(place)) && ['', said].includes(saidBy(answer)))
    )
  })

/** What is wrong with the options of a question of multiple choice. */
const flawOfOptions = ({ id, problemType, options, answer }: VideoRecord): DatasetFault | undefined => {
  if (problemType !== 'multiple choice') return undefined
  if (options.length === 0)
    return fault(
      'BadOptions',
      `record ${id} is multiple choice and has no options`,
      'Write its options, or give it another type.',
    )
  return holds(options, answer)
    ? undefined
    : fault(
        'BadOptions',
        `record ${id}: its answer ${brief(answer)} is none of its ${options.length} options ${brief(options)}`,
        'Correct its answer or its options, or leave it out.',
      )
}

const duplicate = ({ id }: VideoRecord): DatasetFault =>
  fault('DuplicateId', `record ${brief(id)} is not the first of this id`, 'Give every record an id of its own.')

/** Looks at records one after the other; an id that comes a second time is told. */
export const checking = ({ flaws = 'refuse', onFlaw }: CheckOptions) => {
  const isSeen = seenIds()
  return <R extends VideoRecord>(read: E.Either<DatasetFault, R>): E.Either<DatasetFault, R> => {
    if (E.isLeft(read)) return read
    const flaw = isSeen(read.right.id) ? duplicate(read.right) : flawOfOptions(read.right)
    if (flaw === undefined) return read
    onFlaw?.(flaw)
    return flaws === 'keep' ? read : E.left(flaw)
  }
}

/**
 * Tells of records that can be read and yet cannot be right: an id that an earlier record has (`DuplicateId`), multiple choice without
 * options, or whose options do not hold the answer (`BadOptions`). Such a question could not be answered rightly, and two records of one
 * id would take each other's answers in caches. Holds the ids that were seen: a bit a record where they are numbers that follow each other, else 16 to 60
 * bytes. `readDataset` checks by itself.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { checked, type VideoRecord } from 'kinograd/dataset'
 *
 * const question = { problem: 'Which ball?', problemType: 'multiple choice', dataType: 'video', path: '1.mp4', source: '' } as const
 * const options = ['A. red', 'B. blue']
 * async function* records() {
 *   for (const answer of ['B', 'B', 'C']) yield E.right<never, VideoRecord>({ ...question, options, answer, id: `of ${answer}` })
 * }
 * const seen: string[] = []
 * for await (const record of checked(records())) seen.push(E.isRight(record) ? 'right' : record.left._tag)
 * assert.deepEqual(seen, ['right', 'DuplicateId', 'BadOptions'])
 * ```
 */
export const checked = <R extends VideoRecord>(records: Records<R>, options: CheckOptions = {}): Records<R> => ({
  async *[Symbol.asyncIterator]() {
    const check = checking(options)
    for await (const read of records) yield check(read)
  },
})
