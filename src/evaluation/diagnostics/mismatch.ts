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

/** The parts of an output that are held against each other: of whatever template. */
export interface ThinkAndAnswer {
  /** Undefined where it has no such part. */
  readonly think: string | undefined
  readonly answer: string
}

/**
 * Holds what a thinking settles on against an answer, for graders whose outputs are parsed already; `thinkAnswerMismatch` is the stage.
 * Left: `NoThinking` for an output without that part, `Undecided`, the faults of the reader.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { mismatchOf } from 'kinograd/evaluation'
 *
 * const more = { id: '1', problem: 'Which?', problemType: 'multiple choice', dataType: 'video', path: 'a.mp4', source: '' } as const
 * const record = { ...more, options: ['A. red', 'B. blue'], answer: 'B' }
 * const parts = { think: 'So the answer is A.', answer: 'B' }
 * const found = await mismatchOf()(record, parts, new AbortController().signal)()
 * assert.deepEqual(found, E.right({ concluded: 'A', answered: 'B', differs: true }))
 * ```
 */
export const mismatchOf =
  <R extends VideoRecord = VideoRecord>({ reader = ruleReader, undecided = 'mismatch' }: MismatchOptions<R> = {}) =>
  (record: R, { think, answer }: ThinkAndAnswer, signal: AbortSignal): TE.TaskEither<Fault, Mismatch> => {
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
  const measure = mismatchOf(options)
  return stage.adding(
    { name: 'mismatch', item: recordId },
    ({ record, output }: HasRecord<R> & HasOutput, signal): TE.TaskEither<Fault, HasMismatch> =>
      F.pipe(
        measure(record, outputParts(output), signal),
        TE.map(mismatch => ({ mismatch })),
      ),
  )
}
