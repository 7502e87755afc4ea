import { either as E, function as F } from 'fp-ts'
import * as t from 'io-ts'
import { extraOf, isRow, type Row, withExtra } from './extra.ts'
import { solution } from './fields.ts'
import { optionsIn, withoutOptions } from './options.ts'
import { type Published, plainly, published, publishedCot } from './published.ts'
import type { CotRecord, VideoRecord } from './record.ts'
import { framesPerSecond, windowOf } from './window.ts'

/** Names that the published form gives a meaning: other fields are kept as they are. */
const publishedNames: ReadonlySet<string> = new Set([...Object.keys(published.props), 'start', 'end', 'fps'])
const cotNames = ['observation', 'process', 'output', 'reward', 'annotator']

/** The names of a row that its record does not keep apart. Times that are no window, and rates of no frames, are none of them. */
const knownNames = (names: ReadonlySet<string>, timed: boolean, rated: boolean): ReadonlySet<string> => {
  if (timed && rated) return names
  const known = new Set(names)
  if (!timed) for (const name of ['start', 'end']) known.delete(name)
  if (!rated) known.delete('fps')
  return known
}
const variants = (names: ReadonlySet<string>) =>
  [false, true].map(timed => [false, true].map(rated => knownNames(names, timed, rated)))
const ofRecord = variants(publishedNames)
const ofCot = variants(new Set([...publishedNames, ...cotNames]))

/**
 * The question and its options apart. VideoRFT (arXiv 2505.12434) writes the options into the question, beside the list of them or
 * instead of it.
 */
const asked = ({ problem, problem_type, options }: Published) => {
  if (problem_type !== 'multiple choice') return { problem, options }
  return options.length > 0 ? { problem: withoutOptions(problem, options), options } : optionsIn(problem)
}

type Mutable<R> = { -readonly [Field in keyof R]: R[Field] }

const recordOf = (found: Published, row: Row, names: typeof ofRecord): VideoRecord => {
  const { problem, options } = asked(found)
  const record: Mutable<VideoRecord> = {
    id: found.problem_id,
    problem,
    problemType: found.problem_type,
    dataType: found.data_type,
    options,
    answer: found.solution,
    path: found.path,
    source: found.data_source,
  }
  const window = windowOf(row)
  const fps = found.data_type === 'frame' ? framesPerSecond(row) : undefined
  const extra = extraOf(row, names[Number(window !== undefined)]![Number(fps !== undefined)]!)
  if (found.original_question_type !== '') record.kind = found.original_question_type
  if (window !== undefined) record.window = window
  if (fps !== undefined) record.fps = fps
  if (extra !== undefined) record.extra = extra
  return record
}

/** The names of `VideoRecord` itself. */
const ownNames = new Set([
  ...['id', 'problem', 'problemType', 'dataType', 'options', 'answer', 'path', 'source', 'kind'],
  ...['window', 'fps', 'extra'],
])

/** The published fields of a record, and what it keeps beside them. */
const fieldsOf = (record: VideoRecord): Record<string, unknown> => {
  const written: Record<string, unknown> = {
    problem_id: record.id,
    problem: record.problem,
    data_type: record.dataType,
    problem_type: record.problemType,
    options: record.options,
    solution: solution.encode(record.answer),
    path: record.path,
    data_source: record.source,
  }
  if (record.kind !== undefined) written.original_question_type = record.kind
  if (record.window !== undefined) Object.assign(written, record.window)
  if (record.fps !== undefined) written.fps = record.fps
  return withExtra(written, record.extra, publishedNames, name => Object.hasOwn(record, name) && !ownNames.has(name))
}

const isRecord = (value: unknown): value is VideoRecord =>
  typeof value === 'object' && value !== null && 'id' in value && 'problemType' in value && 'answer' in value

/** A codec whose inside is ours and whose outside is a JSON object of the published data sets. */
export type RecordCodec<R extends VideoRecord> = t.Type<R, object, unknown>

/**
 * One question as Video-R1, VideoP2R, VideoRFT and the benchmarks' evaluation files write it. Numbers and lists that a file
 * holds as texts are read as what they are; options that stand in the question are taken out of it; fields that are not known are kept
 * under `extra`. `encode` writes Video-R1's form. The format is that
 * of https://huggingface.co/datasets/Video-R1/Video-R1-data (arXiv 2503.21776).
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { videoRecord } from 'kinograd/dataset'
 *
 * const published = {
 *   problem_id: 7,
 *   problem: 'How many boxes fall?',
 *   data_type: 'video',
 *   problem_type: 'numerical',
 *   options: '[]',
 *   solution: '<answer>3</answer>',
 *   path: './CLEVRER/7.mp4',
 * }
 * const read = videoRecord.decode(published)
 * assert(E.isRight(read) && read.right.id === '7' && read.right.answer === '3')
 * assert(E.isLeft(videoRecord.decode({ ...published, solution: '3' })))
 * ```
 */
export const videoRecord: RecordCodec<VideoRecord> = new t.Type<VideoRecord, object, unknown>(
  'record',
  isRecord,
  (value, context) => {
    const row = isRow(value) ? value : {}
    const plain = plainly(row)
    const found = plain === undefined ? published.validate(value, context) : E.right(plain)
    return E.isRight(found) ? E.right(recordOf(found.right, row, ofRecord)) : found
  },
  fieldsOf,
)

/** A record with its chain of thought, as VideoP2R-CoT-162K (arXiv 2511.11113; README of 1171-jpg/videop2r) writes it. */
export const cotRecord: RecordCodec<CotRecord> = new t.Type<CotRecord, object, unknown>(
  'chain-of-thought record',
  (value): value is CotRecord => isRecord(value) && 'observation' in value && 'output' in value,
  (value, context) =>
    F.pipe(
      publishedCot.validate(value, context),
      E.map(found => ({
        ...recordOf(found, isRow(value) ? value : {}, ofCot),
        observation: found.observation,
        process: found.process,
        output: found.output,
        reward: found.reward,
        ...(found.annotator === '' ? {} : { annotator: found.annotator }),
      })),
    ),
  record => {
    const written = fieldsOf(record)
    written.observation = record.observation
    written.process = record.process
    written.output = record.output
    written.reward = record.reward
    if (record.annotator !== undefined) written.annotator = record.annotator
    return written
  },
)
