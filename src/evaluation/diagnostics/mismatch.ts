import { function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../../dataset/index.ts'
import { type Adding, type Fault, fault, stage } from '../../flow/index.ts'
import { type HasRecord, recordId } from '../../stages/index.ts'
import type { HasOutput } from '../items.ts'
import { outputParts } from '../segments.ts'
import { isSameAnswer, saidIn } from './compared.ts'
import { ruleReader, type TextReader } from './text-reader.ts'

/** What the thinking of an output settles on, beside what the output answers. */
export interface Mismatch {
  /** Null where it settles on nothing. */
  readonly concluded: string | null
  /** Null where no answer can be read. */
  readonly answered: string | null
  readonly differs: boolean
}

/** The mismatch of an output. */
export interface HasMismatch {
  readonly mismatch: Mismatch
}

/** Who reads the thinking, and how what settles on nothing counts. */
export interface MismatchOptions<R extends VideoRecord = VideoRecord> {
  /** `ruleReader` when not given; `extractingReader(teacher)` is the paper's judge. */
  readonly reader?: TextReader<R>
  /** A thinking that settles on nothing: a `mismatch`, or `Undecided`, which is left out of the share. `mismatch` when not given. */
  readonly undecided?: 'mismatch' | 'left out'
}

const without = (tag: 'NoThinking' | 'Undecided', id: string, what: string): Fault =>
  fault(tag, `record ${id}: ${what}`, 'It is left out of the share, and counted as that.')

/**
 * Holds what an output's thinking settles on against what it answers, for graders and loops; `thinkAnswerMismatch` is the stage. Left:
 * `NoThinking` for an output without a think segment, `Undecided`, the faults of the reader.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { mismatchIn } from 'kinograd/evaluation'
 *
 * const more = { id: '1', problem: 'Which?', problemType: 'multiple choice', dataType: 'video', path: 'a.mp4', source: '' } as const
 * const record = { ...more, options: ['A. red', 'B. blue'], answer: 'B' }
 * const output = '<think>So the answer is A.</think><answer>B</answer>'
 * const found = await mismatchIn()(record, output, new AbortController().signal)()
 * assert.deepEqual(found, E.right({ concluded: 'A', answered: 'B', differs: true }))
 * ```
 */
export const mismatchIn =
  <R extends VideoRecord = VideoRecord>({ reader = ruleReader, undecided = 'mismatch' }: MismatchOptions<R> = {}) =>
  (record: R, output: string, signal: AbortSignal): TE.TaskEither<Fault, Mismatch> => {
    const { think, answer } = outputParts(output)
    if (think === undefined) return TE.left(without('NoThinking', record.id, 'its output has no think segment'))
    return F.pipe(
      reader.read({ record, text: think }, signal),
      TE.flatMap(concluded => {
        if (concluded === null && undecided === 'left out')
          return TE.left(without('Undecided', record.id, 'its thinking settles on nothing'))
        const answered = saidIn(record, answer)
        return TE.right({ concluded, answered, differs: !isSameAnswer(record, concluded, answered) })
      }),
    )
  }

/**
 * The think–answer mismatch of outputs (arXiv 2511.11113, Table 6): whether the answer is another than the thinking settles on. Reads
 * `record` and `output`, adds `mismatch`; one question to the reader at a time and in order, a scope around it asks several at once. The
 * paper measures multiple choice alone, with a judge; `ruleReader` needs none. What cannot be measured is a `Left` and is in no share:
 * `NoThinking`, `Undecided`, the faults of the reader. `shareOf` makes the table's number of it.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { thinkAnswerMismatch, shareOf } from 'kinograd/evaluation'
 * import { items } from 'kinograd/flow'
 *
 * const more = { problem: 'Which?', problemType: 'multiple choice', dataType: 'video', path: 'a.mp4', source: '' } as const
 * const record = { ...more, id: '1', options: ['A. red', 'B. blue'], answer: 'B' }
 * const output = '<think>So the answer is A.</think><answer>B</answer>'
 * const measured = items([{ record, output }]).pipe(thinkAnswerMismatch())
 * const share = await shareOf(measured, ({ mismatch }) => mismatch.differs)
 * assert.deepEqual([share.yes, share.of, share.failed], [1, 1, 0])
 * ```
 */
export const thinkAnswerMismatch = <R extends VideoRecord = VideoRecord>(
  options: MismatchOptions<R> = {},
): Adding<HasRecord<R> & HasOutput, HasMismatch> => {
  const measure = mismatchIn(options)
  return stage.adding(
    { name: 'mismatch', item: recordId },
    ({ record, output }: HasRecord<R> & HasOutput, signal): TE.TaskEither<Fault, HasMismatch> =>
      F.pipe(
        measure(record, output, signal),
        TE.map(mismatch => ({ mismatch })),
      ),
  )
}
