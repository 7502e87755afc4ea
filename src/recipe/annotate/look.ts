import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../../dataset/index.ts'
import { type Fault, fault, type Gate, items, iterate, pipeline, type Stage, stage, weigh } from '../../flow/index.ts'
import { clipWindow, type Decoder, type FrameSampling, type Frames, uniform } from '../../media/index.ts'
import { decode, type HasClip, type HasRecord, type MediaRoot, recordId, sampleFrames } from '../../stages/index.ts'
import { shrinking } from './shrinking.ts'

/** What an annotator is shown of a record's medium. */
export interface LookOptions extends MediaRoot {
  readonly decoder: Decoder
  /** Which frames; at most 16, evenly spaced, by default. */
  readonly frames?: FrameSampling
  /** The most pixels of a frame; larger ones are made smaller. 256 × 28 × 28 by default. */
  readonly pixels?: number
}

/** The part of a clip that a question is about, where its record names one. */
const windowed = (decoder: Decoder) =>
  stage.adding({ name: 'window', item: recordId }, ({ record, clip }: HasRecord & HasClip, signal) =>
    record.window === undefined
      ? TE.right({ clip })
      : F.pipe(
          clipWindow(decoder, clip, record.window, signal),
          TE.map(part => ({ clip: part })),
        ),
  )

const passing: Stage<HasRecord & HasClip, HasRecord & HasClip> = source => source

/** Bytes of decoded frames that records under way hold together; one that needs more is alone. */
export const frameBytes = 2 ** 30

const bytesOf = ({ clip }: HasClip, frames: FrameSampling): number => {
  const most = 'count' in frames ? frames.count : 'budget' in frames ? frames.budget : 'max' in frames ? frames.max : 16
  return Math.min(frameBytes, Math.max(1, Math.min(most, clip.frameCount) * clip.width * clip.height * 3))
}

/**
 * Finds a record's medium and takes the frames that an annotator is shown. Frames are heavy: use it inside a scope, and give the scope's
 * gate (`room`), so that large clips wait for each other.
 */
export const look = (
  { frames = uniform(16, { atMost: true }), pixels = 256 * 28 * 28, ...given }: LookOptions,
  room?: Gate,
) => {
  const decoder = shrinking(given.decoder, pixels)
  const { root, links = 'inside' } = given
  const heavy = (item: HasRecord & HasClip) => bytesOf(item, frames)
  return pipeline(
    'look',
    decode<HasRecord>({ decoder, root, links, pictures: ({ fps }) => (fps === undefined ? {} : { fps }) }),
    windowed(decoder),
    room === undefined ? passing : weigh(room, heavy, recordId),
    sampleFrames({ decoder, spec: frames }),
  )
}

/** The frames of one record, for whoever asks about it outside of a pipeline. */
export const framesOf =
  (record: VideoRecord, options: LookOptions, signal: AbortSignal): TE.TaskEither<Fault, Frames> =>
  async () => {
    for await (const item of iterate(items([{ record }]).pipe(look(options)), signal))
      return E.isRight(item) ? E.right(item.right.frames) : E.left(item.left.fault)
    return E.left(fault('Cancelled', `record ${record.id}: stopped before it was seen`, ''))
  }
