import { function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../../dataset/index.ts'
import { type Adding, type Fault, fault, stage } from '../../flow/index.ts'
import { type HasRecord, recordId } from '../../stages/index.ts'
import type { HasOutput } from '../items.ts'
import { outputParts } from '../segments.ts'
import { isSameAnswer, saidIn } from './compared.ts'
import type { TextReader } from './text-reader.ts'

/** What follows from an output's observation, beside what the output answers. */
export interface Faithful {
  /** Null where nothing follows. */
  readonly derived: string | null
  readonly answered: string | null
  /** The answer is the one that the observation leads to, right or wrong. */
  readonly agrees: boolean
}

/** The faithfulness of an output. */
export interface HasFaithful {
  readonly faithful: Faithful
}

/** The parts of an output that are held against each other: of whatever template. */
export interface ObservationAndAnswer {
  /** Undefined where it has no such part. */
  readonly observation: string | undefined
  readonly answer: string
}

/**
 * Holds what a reader derives from an observation against an answer, for graders whose outputs are parsed already; `faithfulness` is the
 * stage. Left: `NoObservation` for an output without that part, the faults of the reader.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { faithfulOf, ruleReader } from 'kinograd/evaluation'
 *
 * const more = { id: '1', problem: 'Which?', problemType: 'multiple choice', dataType: 'video', path: 'a.mp4', source: '' } as const
 * const record = { ...more, options: ['A. red', 'B. blue'], answer: 'B' }
 * const parts = { observation: 'The ball is red.', answer: 'B' }
 * const found = await faithfulOf(ruleReader)(record, parts, new AbortController().signal)()
 * assert.deepEqual(found, E.right({ derived: 'A', answered: 'B', agrees: false }))
 * ```
 */
export const faithfulOf =
  <R extends VideoRecord = VideoRecord>(reader: TextReader<R>) =>
  (record: R, { observation, answer }: ObservationAndAnswer, signal: AbortSignal): TE.TaskEither<Fault, Faithful> => {
    if (observation === undefined)
      return TE.left(
        fault(
          'NoObservation',
          `record ${record.id}: its output has no observation segment`,
          'It is left out of the share, and counted as that.',
        ),
      )
    return F.pipe(
      reader.read({ record, text: observation }, signal),
      TE.map(derived => {
        const answered = saidIn(record, answer)
        return { derived, answered, agrees: isSameAnswer(record, derived, answered) }
      }),
    )
  }

/**
 * Whether answers follow from what was observed: a reader, who sees the observation alone, comes to the same answer, right or wrong.
 * `answeringReader(policy)` asks a model; a world of one's own may have rules. Reads `record` and `output`, adds `faithful`; in order,
 * one question at a time. Left, and in no share: `NoObservation`, the faults of the reader.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { faithfulness, ruleReader, shareOf } from 'kinograd/evaluation'
 * import { items } from 'kinograd/flow'
 *
 * const more = { problem: 'Which?', problemType: 'multiple choice', dataType: 'video', path: 'a.mp4', source: '' } as const
 * const record = { ...more, id: '1', options: ['A. red', 'B. blue'], answer: 'B' }
 * const output = '<observation>The ball is blue.</observation><think>Hm.</think><answer>B</answer>'
 * const share = await shareOf(items([{ record, output }]).pipe(faithfulness(ruleReader)), ({ faithful }) => faithful.agrees)
 * assert.equal(share.value, 1)
 * ```
 */
export const faithfulness = <R extends VideoRecord = VideoRecord>(
  reader: TextReader<R>,
): Adding<HasRecord<R> & HasOutput, HasFaithful> => {
  const measure = faithfulOf(reader)
  return stage.adding(
    { name: 'faithfulness', item: recordId },
    ({ record, output }: HasRecord<R> & HasOutput, signal): TE.TaskEither<Fault, HasFaithful> =>
      F.pipe(
        measure(record, outputParts(output), signal),
        TE.map(faithful => ({ faithful })),
      ),
  )
}
