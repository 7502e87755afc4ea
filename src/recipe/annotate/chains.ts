import type { CotRecord, VideoRecord } from '../../dataset/index.ts'
import { gate, pipeline, type Scope, within } from '../../flow/index.ts'
import { generationPrompt, questionText, videoP2R, videoP2RGuide } from '../../process/index.ts'
import { annotate, type HasRecord, judgeSufficiency, recordId, toCotRecord, verify } from '../../stages/index.ts'
import type { Annotator, Judge } from '../../teacher/index.ts'
import { type LookOptions, look } from './look.ts'

/** How a chain is made of a record: the three steps of VideoP2R's data pipeline (arXiv 2511.11113, section 3.2). */
export interface ChainOptions extends LookOptions {
  readonly annotator: Annotator
  readonly judge: Judge
  /** What the annotator is asked; VideoP2R's prompt by default. */
  readonly prompt?: (record: VideoRecord) => string
  /** What an answer must score; 0.6 by default. */
  readonly threshold?: number
  /** Records at the same time; 8 by default. */
  readonly inFlight?: number
}

/** VideoP2R's prompt for a record: its question with the options, and the form of an answer of its type. */
export const annotationPrompt = ({ problem, options, problemType }: VideoRecord): string =>
  generationPrompt(videoP2R, videoP2RGuide, questionText(problem, options), problemType)

/** Records to chains: generate, verify, judge; in their order, frames held for as many records as are under way. */
export const chainsOf = ({
  prompt = annotationPrompt,
  threshold = 0.6,
  inFlight = 8,
  ...given
}: ChainOptions): Scope<HasRecord, VideoRecord & CotRecord> => {
  const { annotator, judge } = given
  return within(
    gate({ name: 'annotation', inFlight }),
    pipeline(
      'chains',
      look(given),
      annotate({ annotator, prompt }),
      verify({ template: videoP2R, answer: texts => texts.reasoning.answer ?? '', threshold }),
      judgeSufficiency({ judge, observation: texts => texts.perception.observation ?? '' }),
      toCotRecord({
        observation: texts => texts.perception.observation ?? '',
        process: texts => texts.reasoning.think ?? '',
      }),
    ),
    { item: recordId },
  )
}
