import { function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../../dataset/index.ts'
import { type Fault, fault } from '../../flow/index.ts'
import type { TextReader } from '../diagnostics/text-reader.ts'
import type { Scorer } from '../evaluate.ts'
import { type AnswerReading, type Score, scoreOutput } from '../score.ts'
import { benchmarkOf } from './registry.ts'
import { captionQuestion, openTask, scoreYesNo } from './temp-compass.ts'

/** How answers of benchmarks are read, and who reads captions. */
export interface BenchmarkScorerOptions {
  /** One for all; that of each record's benchmark, `tags` for most, when not given. */
  readonly reading?: AnswerReading
  /** Answers the question of a caption from the caption alone (TempCompass); such items fail without one. */
  readonly reader?: TextReader
}

const noReader = ({ id }: VideoRecord): Fault =>
  fault(
    'NoReader',
    `record ${id}: a caption is scored by somebody who answers a question from it`,
    'Name who reads captions (--judge), or leave the task out.',
  )

const scoreCaption = (
  record: VideoRecord,
  output: string,
  reader: TextReader | undefined,
  signal: AbortSignal,
): TE.TaskEither<Fault, Score> => {
  if (reader === undefined) return TE.left(noReader(record))
  return F.pipe(
    TE.fromEither(captionQuestion(record)),
    TE.flatMap(asked =>
      F.pipe(
        reader.read({ record: asked, text: output }, signal),
        TE.map((letter): Score => {
          const correct = letter === asked.answer
          return {
            prediction: letter ?? output,
            read: letter === null ? 'none' : 'prose',
            reward: correct ? 1 : 0,
            correct,
          }
        }),
      ),
    ),
  )
}

/**
 * Scores outputs with the quirks of each record's benchmark: how its answers are read, TempCompass's yes and no, its captions. For
 * `evaluate`; records of no benchmark are scored by `scoreOutput`. Left: as of that; `NoReader`, the faults of the reader.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { benchmarkScorer } from 'kinograd/evaluation'
 *
 * const more = { id: '1', problem: 'Is he dunking?', problemType: 'free-form', dataType: 'video', options: [], path: '1.mp4' } as const
 * const record = { ...more, answer: 'yes', source: 'TempCompass', extra: { task: 'yes_no' } }
 * const score = benchmarkScorer()(record, 'Yes, he is.', new AbortController().signal)
 * assert(typeof score !== 'function' && E.isRight(score) && score.right.correct)
 * ```
 */
export const benchmarkScorer =
  ({ reading, reader }: BenchmarkScorerOptions = {}): Scorer =>
  (record, output, signal) => {
    const task = openTask(record)
    if (task === 'yes_no') return scoreYesNo(record, output)
    if (task === 'captioning') return scoreCaption(record, output, reader, signal)
    return scoreOutput({ reading: reading ?? benchmarkOf(record)?.reading ?? 'tags' })(record, output)
  }
