import { function as F, taskEither as TE } from 'fp-ts'
import type { CotRecord, VideoRecord } from '../../dataset/index.ts'
import { type Fault, gate, pipeline, type Scope, stage, within } from '../../flow/index.ts'
import { generationPrompt, questionText, videoP2R, videoP2RGuide } from '../../process/index.ts'
import {
  annotate,
  frameBytes,
  framesOf,
  type HasRecord,
  judgeSufficiency,
  type LookOptions,
  look,
  recordId,
  toCotRecord,
  verify,
} from '../../stages/index.ts'
import type { Annotator, Judge } from '../../teacher/index.ts'

/** How a chain is made of a record: the three steps of VideoP2R's data pipeline (arXiv 2511.11113, section 3.2). */
export interface ChainOptions extends LookOptions {
  readonly annotator: Annotator
  readonly judge: Judge
  /** What the annotator is asked; VideoP2R's prompt by default. */
  readonly prompt?: (record: VideoRecord) => string
  /** What an answer must score; 0.6 by default. */
  readonly threshold?: number
  /** A chain that was written before, found without looking at the record's medium; undefined where there is none. */
  readonly recalled?: (record: VideoRecord) => TE.TaskEither<Fault, string | undefined>
  /** Records at the same time; 8 by default. */
  readonly inFlight?: number
}

/** VideoP2R's prompt for a record: its question with the options, and the form of an answer of its type. */
export const annotationPrompt = ({ problem, options, problemType }: VideoRecord): string =>
  generationPrompt(videoP2R, videoP2RGuide, questionText(problem, options), problemType)

/** A chain for each record: the one that is recalled, or one that the annotator writes of what it is shown. */
const written = (options: ChainOptions & Required<Pick<ChainOptions, 'recalled'>>) => {
  const { annotator, recalled, prompt = annotationPrompt } = options
  return stage.adding({ name: 'annotate', item: recordId }, ({ record }: HasRecord, signal) =>
    F.pipe(
      recalled(record),
      TE.flatMap(
        (chain): TE.TaskEither<Fault, string> =>
          chain !== undefined
            ? TE.right(chain)
            : F.pipe(
                framesOf(record, options, signal),
                TE.flatMap(
                  (frames): TE.TaskEither<Fault, string> =>
                    annotator.annotate({ record, prompt: prompt(record), frames }, signal),
                ),
              ),
      ),
      TE.map(chain => ({ chain, annotator: annotator.name })),
    ),
  )
}

/** Verifies chains and lets a judge sort them out; what is kept becomes a record. */
const sorted = ({ judge, threshold = 0.6 }: ChainOptions) =>
  pipeline(
    'sorted',
    verify({ template: videoP2R, answer: texts => texts.reasoning.answer ?? '', threshold }),
    judgeSufficiency({ judge, observation: texts => texts.perception.observation ?? '' }),
    toCotRecord({
      observation: texts => texts.perception.observation ?? '',
      process: texts => texts.reasoning.think ?? '',
    }),
  )

/** Records to chains: generate, verify, judge; in their order, frames held for as many records as are under way. */
export const chainsOf = (options: ChainOptions): Scope<HasRecord, VideoRecord & CotRecord> => {
  const { annotator, recalled, prompt = annotationPrompt, inFlight = 8 } = options
  const room = gate({ name: 'annotation', inFlight, bytes: frameBytes })
  return recalled === undefined
    ? within(room, pipeline('chains', look(options, room), annotate({ annotator, prompt }), sorted(options)), {
        item: recordId,
      })
    : within(room, pipeline('chains', written({ ...options, recalled }), sorted(options)), { item: recordId })
}
