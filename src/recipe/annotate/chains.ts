import type { CotRecord, VideoRecord } from '../../dataset/index.ts'
import { gate, pipeline, type Scope, within } from '../../flow/index.ts'
import { type Decoder, type FrameSampling, uniform } from '../../media/index.ts'
import { generationPrompt, questionText, videoP2R, videoP2RGuide } from '../../process/index.ts'
import {
  annotate,
  decode,
  type HasRecord,
  judgeSufficiency,
  type MediaRoot,
  recordId,
  sampleFrames,
  toCotRecord,
  verify,
} from '../../stages/index.ts'
import type { Annotator, Judge } from '../../teacher/index.ts'
import { shrinking } from './shrinking.ts'

/** How a chain is made of a record: the three steps of VideoP2R's data pipeline (arXiv 2511.11113, section 3.2). */
export interface ChainOptions extends MediaRoot {
  readonly decoder: Decoder
  /** Which frames the annotator sees; at most 16, evenly spaced, by default. */
  readonly frames?: FrameSampling
  /** The most pixels of a frame that the annotator sees; larger ones are made smaller. 256 × 28 × 28 by default. */
  readonly pixels?: number
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
  frames = uniform(16, { atMost: true }),
  pixels = 256 * 28 * 28,
  prompt = annotationPrompt,
  threshold = 0.6,
  inFlight = 8,
  ...given
}: ChainOptions): Scope<HasRecord, VideoRecord & CotRecord> => {
  const decoder = shrinking(given.decoder, pixels)
  const { root, links = 'inside', annotator, judge } = given
  return within(
    gate({ name: 'annotation', inFlight }),
    pipeline(
      'chains',
      decode({ decoder, root, links }),
      sampleFrames({ decoder, spec: frames }),
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
