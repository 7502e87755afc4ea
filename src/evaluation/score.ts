import { either as E, function as F } from 'fp-ts'
import { type ProblemType, problemTypes, type VideoRecord } from '../dataset/index.ts'
import { type Fault, fault } from '../flow/index.ts'
import {
  accuracy,
  answerText,
  meanRelativeAccuracy,
  taggedAnswer,
  videoR1Evaluation,
  writtenNumber,
} from '../reward/index.ts'
import { letterIn, rightLetters } from './letters.ts'
import { segmentIn } from './segments.ts'

/**
 * How an answer is read out of an output. `tags`: what stands inside the answer tags, and all of it where there are none, compared exactly
 * as Video-R1's script does ("B." is not B). `prose`: what the text commits itself to, by the reader of the reward room, tags first.
 * `none`: nothing is read, the output is the answer.
 */
export const readings = ['tags', 'prose', 'none'] as const
/** One of the three. */
export type AnswerReading = (typeof readings)[number]

/** What one output scores. */
export interface Score {
  /** The answer as it was read; the text itself where nothing could be. */
  readonly prediction: string
  /** Where it was found: inside tags, in prose, or nowhere, so that the text counts as it stands. */
  readonly read: AnswerReading
  /** In [0, 1]. */
  readonly reward: number
  readonly correct: boolean
  /** The think segment with its tags, as Video-R1 keeps it; absent where there is none. */
  readonly process?: string
  /** It answers with a letter that no option has. */
  readonly outside?: true
}

/** What an output is held against, and how it is read. */
export interface ScoreOutputOptions {
  /** `tags` when not given: Video-R1's own rule. */
  readonly reading?: AnswerReading
}

type Found = Pick<Score, 'prediction' | 'read' | 'reward'>

/** Reads and scores one output of a type. */
type ByType = (record: VideoRecord, output: string) => E.Either<Fault, Found>

const tagsOr = (output: string, without: string): Pick<Found, 'prediction' | 'read'> => {
  const tagged = taggedAnswer(output)
  return tagged === '' ? { prediction: without, read: 'none' } : { prediction: tagged, read: 'tags' }
}

/** By ROUGE and word errors: Video-R1's script scores no such type, so the training reward is taken. */
const byText =
  (mode: 'repaired' | 'video-r1', read: (output: string) => Pick<Found, 'prediction' | 'read'>): ByType =>
  ({ problemType, answer, options }, output) => {
    const found = read(output)
    return E.map((reward: number): Found => ({ ...found, reward }))(
      accuracy({ mode })(problemType)(found.prediction, answer, { options }),
    )
  }

const isExact = (type: ProblemType): type is 'multiple choice' | 'numerical' | 'regression' =>
  type === 'multiple choice' || type === 'numerical' || type === 'regression'

/** The answer that is held against the truth where an option's letter stands for a text that several options say. */
const truthFor = (record: VideoRecord, prediction: string): string =>
  record.problemType === 'multiple choice' &&
  !/^[A-Z]$/.test(record.answer) &&
  rightLetters(record).includes(prediction)
    ? prediction
    : record.answer

const tags: ByType = (record, output) => {
  const found = tagsOr(output, output)
  return isExact(record.problemType)
    ? E.right({
        ...found,
        reward: videoR1Evaluation(record.problemType, output, truthFor(record, found.prediction.trim())),
      })
    : byText('video-r1', () => found)(record, output)
}

const none: ByType = (record, output) => {
  const found = { prediction: output.trim(), read: 'none' } as const
  return isExact(record.problemType)
    ? E.right({
        ...found,
        reward: videoR1Evaluation(
          record.problemType,
          `<answer>${found.prediction}</answer>`,
          truthFor(record, found.prediction),
        ),
      })
    : byText('video-r1', () => found)(record, output)
}

const relative = ({ answer, id }: VideoRecord, said: string): E.Either<Fault, number> => {
  const truth = writtenNumber(answer)
  const given = writtenNumber(said)
  if (truth === null)
    return E.left(
      fault('BadTruth', `record ${id}: its answer ${answer.slice(0, 60)} is no number`, 'Mend or drop the record.'),
    )
  return E.right(given === null ? 0 : meanRelativeAccuracy(given.value, truth.value))
}

const prose: ByType = (record, output) => {
  const said = answerText(output)
  const isTagged = taggedAnswer(output) !== ''
  if (record.problemType === 'multiple choice') {
    const letter = letterIn(said, record.options)
    const read = letter === null ? 'none' : isTagged ? 'tags' : 'prose'
    return E.right({
      ...{ prediction: letter ?? said, read },
      reward: letter !== null && rightLetters(record).includes(letter) ? 1 : 0,
    })
  }
  const found = { prediction: said, read: isTagged ? 'tags' : 'prose' } as const
  return record.problemType === 'regression'
    ? E.map((reward: number): Found => ({ ...found, reward }))(relative(record, said))
    : byText('repaired', () => found)(record, output)
}

const byReading: Readonly<Record<AnswerReading, ByType>> = { tags, prose, none }

const unknownType = ({ id, problemType }: VideoRecord): E.Either<Fault, never> =>
  E.left(
    fault(
      'UnknownProblemType',
      `record ${id} is of type ${JSON.stringify(problemType)}, known are ${problemTypes.join(', ')}`,
      'Correct the record, or leave it out.',
    ),
  )

const isOutside = ({ problemType, options }: VideoRecord, prediction: string): boolean =>
  problemType === 'multiple choice' &&
  options.length > 0 &&
  /^[A-Z]$/.test(prediction) &&
  prediction.charCodeAt(0) - 65 >= options.length

/**
 * Reads and scores one output as Video-R1's benchmark script does (`src/eval_bench.py`): 0 or 1 for multiple choice and numbers, mean
 * relative accuracy in float32 for regression; texts, for which the script has no score, get their training reward (1 − WER, ROUGE).
 * With `reading: 'prose'` answers are read as a person would. Options with equal texts count as one where the answer is read in prose,
 * or given as a text by the file. Left: `UnknownProblemType`, `AnswerTooLong`, `BadTruth`: such a question is failed, never wrong.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { scoreOutput } from 'kinograd/evaluation'
 *
 * const more = { id: '1', problem: 'What does he do?', dataType: 'video', path: 'a.mp4', source: '' } as const
 * const record = { ...more, problemType: 'multiple choice', options: ['A. dunking', 'B. passing'], answer: 'A' } as const
 * const of = (reading: 'tags' | 'prose') => scoreOutput({ reading })(record, '<think>So…</think><answer>A. dunking</answer>')
 * const [exact, read] = [of('tags'), of('prose')]
 * assert(E.isRight(exact) && E.isRight(read))
 * assert.deepEqual([exact.right.reward, read.right.reward, read.right.prediction], [0, 1, 'A'])
 * ```
 */
export const scoreOutput =
  ({ reading = 'tags' }: ScoreOutputOptions = {}) =>
  (record: VideoRecord, output: string): E.Either<Fault, Score> => {
    if (!problemTypes.includes(record.problemType)) return unknownType(record)
    const think = segmentIn(output, 'think')
    return F.pipe(
      byReading[reading](record, output),
      E.map(found => ({
        ...found,
        correct: found.reward === 1,
        ...(think === undefined || think === '' ? {} : { process: `<think>${think}</think>` }),
        ...(isOutside(record, found.prediction) ? { outside: true as const } : {}),
      })),
    )
  }
