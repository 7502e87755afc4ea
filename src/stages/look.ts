import { either as E, type taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import { type Fault, fault, type Gate, items, iterate, pipeline, type Stage, weigh } from '../flow/index.ts'
import { type Decoder, type FrameSampling, type Frames, uniform } from '../media/index.ts'
import { type HasClip, type HasFrames, type HasRecord, recordId } from './items.ts'
import { decode, sampleFrames } from './media.ts'
import type { MediaRoot } from './open-medium.ts'
import { shrinking } from './shrinking.ts'

/** What somebody who is asked about a record is shown of its medium. */
export interface LookOptions extends MediaRoot {
  readonly decoder: Decoder
  /** Which frames; at most 16, evenly spaced, by default. */
  readonly frames?: FrameSampling
  /** The most pixels of a frame; larger ones are made smaller. 256 × 28 × 28 by default. */
  readonly pixels?: number
}

/** Bytes of decoded frames that records under way hold together; one that needs more is alone. */
export const frameBytes = 2 ** 30

const bytesOf = ({ clip }: HasClip, frames: FrameSampling): number => {
  const most = 'count' in frames ? frames.count : 'budget' in frames ? frames.budget : 'max' in frames ? frames.max : 16
  return Math.min(frameBytes, Math.max(1, Math.min(most, clip.frameCount) * clip.width * clip.height * 3))
}

/**
 * Finds a record's medium and takes the frames that whoever is asked about it is shown, none with more than `pixels`: `decode` and
 * `sampleFrames` in one, for servers and people. Frames are heavy: use it inside a scope, and give the scope's gate (`room`), so that
 * large clips wait for each other. Left: as of those two.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { items } from 'kinograd/flow'
 * import { encodeVideo, nodeAv } from 'kinograd/media'
 * import { look } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const root = await mkdtemp(join(tmpdir(), 'kinograd-'))
 * const grey = new Uint8Array(56 * 56 * 3)
 * await encodeVideo(join(root, 'a.mp4'), [grey, grey], { width: 56, height: 56, fps: 2 })()
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 * const item = await firstValueFrom(items([{ record }]).pipe(look({ decoder: nodeAv(), root, pixels: 28 * 28 })))
 * assert(E.isRight(item) && item.right.frames.width === 28)
 * ```
 */
export const look = (
  { frames = uniform(16, { atMost: true }), pixels = 256 * 28 * 28, ...given }: LookOptions,
  room?: Gate,
) => {
  const decoder = shrinking(given.decoder, pixels)
  const { root, links = 'inside' } = given
  const heavy = (item: HasRecord & HasClip) => bytesOf(item, frames)
  const weighed: Stage<HasRecord & HasClip, HasRecord & HasClip> =
    room === undefined ? source => source : weigh(room, heavy, recordId)
  return pipeline<HasRecord, HasRecord & HasClip, HasRecord & HasClip, HasRecord & HasClip & HasFrames>(
    'look',
    decode<HasRecord>({ decoder, root, links }),
    weighed,
    sampleFrames({ decoder, spec: frames }),
  )
}

/**
 * The frames of one record, as `look` takes them, for whoever asks about it outside of a pipeline. Left: as of `look`; `Cancelled`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { nodeAv } from 'kinograd/media'
 * import { framesOf } from 'kinograd/stages'
 *
 * const more = { options: [], path: 'gone.mp4', source: '', problemType: 'numerical', dataType: 'video' } as const
 * const record = { ...more, id: 'a', problem: 'How many balls?', answer: '3' }
 * const frames = await framesOf(record, { decoder: nodeAv(), root: '.' }, new AbortController().signal)()
 * assert(E.isLeft(frames) && frames.left._tag === 'NotFound')
 * ```
 */
export const framesOf =
  (record: VideoRecord, options: LookOptions, signal: AbortSignal): TE.TaskEither<Fault, Frames> =>
  async () => {
    for await (const item of iterate(items([{ record }]).pipe(look(options)), signal))
      return E.isRight(item) ? E.right(item.right.frames) : E.left(item.left.fault)
    return E.left(fault('Cancelled', `record ${record.id}: stopped before it was seen`, ''))
  }
