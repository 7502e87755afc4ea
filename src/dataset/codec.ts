import { either as E, function as F } from 'fp-ts'
import * as t from 'io-ts'
import { identifier, numeric, oneOf, optionalText, options, solution, someText } from './fields.ts'
import { type CotRecord, dataTypes, problemTypes, type VideoRecord } from './record.ts'

const raw = t.type(
  {
    problem_id: identifier,
    problem: someText,
    data_type: oneOf(dataTypes),
    problem_type: oneOf(problemTypes),
    options,
    solution,
    path: someText,
    data_source: optionalText,
    original_question_type: optionalText,
  },
  'record',
)

const rawCot = t.intersection([
  raw,
  t.type({ observation: someText, process: someText, output: someText, reward: numeric, annotator: optionalText }),
])

const inner = (found: t.TypeOf<typeof raw>): VideoRecord => ({
  id: found.problem_id,
  problem: found.problem,
  problemType: found.problem_type,
  dataType: found.data_type,
  options: found.options,
  answer: found.solution,
  path: found.path,
  source: found.data_source,
  ...(found.original_question_type === '' ? {} : { kind: found.original_question_type }),
})

const outer = (record: VideoRecord) => ({
  problem_id: record.id,
  problem: record.problem,
  data_type: record.dataType,
  problem_type: record.problemType,
  options: record.options,
  solution: solution.encode(record.answer),
  path: record.path,
  data_source: record.source,
  ...(record.kind === undefined ? {} : { original_question_type: record.kind }),
})

const isRecord = (value: unknown): value is VideoRecord =>
  typeof value === 'object' && value !== null && 'id' in value && 'problemType' in value && 'answer' in value

/** A codec whose inside is ours and whose outside is a JSON object of the published data sets. */
export type RecordCodec<R extends VideoRecord> = t.Type<R, object, unknown>

/**
 * One question as Video-R1, VideoP2R, VideoRFT and the benchmarks' evaluation files write it. Coerces what the
 * all-texts files hold; unknown fields are ignored; `encode` writes Video-R1's form. Source: Video-R1-data, PAPER §2.1.
 */
export const videoRecord: RecordCodec<VideoRecord> = new t.Type<VideoRecord, object, unknown>(
  'record',
  isRecord,
  (value, context) => F.pipe(raw.validate(value, context), E.map(inner)),
  outer,
)

/** A record with its chain of thought, as VideoP2R-CoT-162K writes it (PAPER §1.7). */
export const cotRecord: RecordCodec<CotRecord> = new t.Type<CotRecord, object, unknown>(
  'chain-of-thought record',
  (value): value is CotRecord => isRecord(value) && 'observation' in value && 'output' in value,
  (value, context) =>
    F.pipe(
      rawCot.validate(value, context),
      E.map(found => ({
        ...inner(found),
        observation: found.observation,
        process: found.process,
        output: found.output,
        reward: found.reward,
        ...(found.annotator === '' ? {} : { annotator: found.annotator }),
      })),
    ),
  record => ({
    ...outer(record),
    observation: record.observation,
    process: record.process,
    output: record.output,
    reward: record.reward,
    ...(record.annotator === undefined ? {} : { annotator: record.annotator }),
  }),
)
