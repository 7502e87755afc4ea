import { function as F, taskEither as TE } from 'fp-ts'
import { gate, pipeline, type Scope, stage, within } from '../../flow/index.ts'
import { frameBytes, type HasClip, type HasFrames, type HasRecord, recordId } from '../../stages/index.ts'
import type { HasOutput } from '../items.ts'
import { type WatchOptions, watch } from '../watching.ts'
import { type Answers, type ExaminationOptions, examine, type Shown } from './examination.ts'

/** What the reader made of a record, by what it was given. */
export interface HasExamined {
  readonly examined: Answers
}

/** Who reads, what is measured, and where the clips are. */
export interface PerceptionOptions extends ExaminationOptions {
  /** What the reader is shown; only conditions of text alone can be measured without. */
  readonly media?: WatchOptions
  /** Records at the same time; 4 when not given. */
  readonly inFlight?: number
}

type Outputs = HasRecord & HasOutput

const examined = (options: ExaminationOptions) => {
  const ask = examine(options)
  return stage.adding({ name: 'examination', item: recordId }, (item: Outputs & Shown, signal) => {
    const { record, output, clip, frames } = item
    const shown = { ...(clip === undefined ? {} : { clip }), ...(frames === undefined ? {} : { frames }) }
    return F.pipe(
      ask(record, output, shown, signal),
      TE.map(found => ({ examined: found })),
    )
  })
}

/**
 * The perception examination (arXiv 2511.11113, Table 5): how well a reader answers from what a policy observed. For each item the reader
 * answers from clip and text or from text alone, each with and without the policy's observation; the differences are what the observation
 * is worth. Takes items with `record` and `output`, adds `examined`; in their order, `inFlight` at once, frames die inside.
 *
 * Left: `NoObservation`, `NoFrames`, the faults of media, reader and scoring. An item counts under all conditions or under none, so that
 * columns of the table are over the same questions.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import { perceptionExamination } from 'kinograd/evaluation'
 * import { iterate } from 'kinograd/flow'
 *
 * const more = { problem: 'How many?', problemType: 'numerical', dataType: 'video', path: 'a.mp4', source: '', options: [] } as const
 * const record = { ...more, id: '1', answer: '3' }
 * const output = '<observation>3 balls</observation><think>So 3.</think><answer>3</answer>'
 * const reader = {
 *   name: 'reads the first word',
 *   answer: ({ observation }: { readonly observation?: string }) => TE.right(`<answer>${observation?.[0] ?? '0'}</answer>`),
 * }
 * const examination = perceptionExamination({ reader, conditions: ['text', 'text+observation'] })
 * for await (const item of iterate(examination([{ record, output }]))) {
 *   assert(E.isRight(item))
 *   const { text, 'text+observation': read } = item.right.examined
 *   assert.deepEqual([text?.score.reward, read?.score.reward], [0, 1])
 * }
 * ```
 */
export const perceptionExamination = ({
  media,
  inFlight = 4,
  ...options
}: PerceptionOptions): Scope<Outputs, Outputs & HasExamined> => {
  const room = gate({ name: 'examination', inFlight, bytes: frameBytes })
  const ask = examined(options)
  const named = { item: recordId }
  if (media === undefined) return within(room, ask, named)
  const bare = stage.pure(
    { name: 'examined', item: recordId },
    ({ record, output, examined: found }: Outputs & HasClip & HasFrames & HasExamined) => ({
      record,
      output,
      examined: found,
    }),
  )
  return within(room, pipeline('examination', watch<Outputs>(media, room), ask, bare), named)
}
