import { function as F, taskEither as TE } from 'fp-ts'
import { boundsFromNow } from '../bounds.ts'
import { inWindow, wholeIndices } from '../in-window.ts'
import { defaultLimits, type Limits } from '../limits.ts'
import type { Clip, Decoder, PictureSource } from '../types.ts'
import { clipOfPictures } from './heads.ts'
import { type PictureOptions, pictureSettings } from './options.ts'
import { activityOfPictures, filesOfClip, framesOfPictures, type PictureReading } from './pixels.ts'

/** A decoder that reads pictures as well. */
export interface PictureDecoder extends Decoder {
  readonly pictures: NonNullable<Decoder['pictures']>
}

const readsPictures = (decoder: Decoder): decoder is PictureDecoder => decoder.pictures !== undefined

/** All of the pictures of which a clip is a part. */
const wholeOf = ({ window, ...clip }: Clip): Clip =>
  window === undefined ? clip : { ...clip, frameCount: filesOfClip(clip).length }

/** What faults call it. */
export const nameOf = (source: PictureSource): string =>
  'image' in source ? source.image : 'folder' in source ? source.folder : `a list of ${source.list.length} pictures`

/**
 * A decoder that reads pictures, folders and lists of pictures beside what it reads already: `pictures` gives them as clips, and
 * `times`, `frames` and `activity` take clips of every kind, so that sampling, caches and limits treat all alike. Pictures are those of
 * `readImage`. For a decoder of one's own: `nodeAv` and `ffmpeg` are such, and a decoder that reads pictures is given back as it is.
 *
 * Faults of pictures: those of `readImage`; `NotAFolder`, `Empty` without a picture, `BadFolder` (a gap in the numbers, a name of another
 * pattern, other files), `SizeChange` (pictures of several sizes), `OutsideRoot`. Headers are read when a source is probed, pixels when
 * frames are asked for: a picture that breaks there is a fault that names it, never replaced.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { function as F, taskEither as TE } from 'fp-ts'
 * import { nodeAv, sample, uniform } from 'kinograd/media'
 * import sharp from 'sharp'
 *
 * const folder = await mkdtemp(join(tmpdir(), 'kinograd-'))
 * for (const n of [1, 2, 10])
 *   await sharp({ create: { width: 4, height: 2, channels: 3, background: { r: n, g: 0, b: 0 } } }).toFile(join(folder, `${n}.png`))
 *
 * const decoder = nodeAv({ pictures: { onGap: 'accept', fps: 3 } })
 * const frames = await F.pipe(
 *   decoder.pictures({ folder }),
 *   TE.flatMap(clip => sample(decoder, clip, uniform(2))),
 * )()
 * assert(frames._tag === 'Right')
 * assert.deepEqual([frames.right.data[0], frames.right.data[24]], [1, 10])
 * assert.deepEqual(frames.right.times, [0, 2 / 3])
 * ```
 */
export const withPictures = (
  decoder: Decoder,
  options: PictureOptions & { readonly limits?: Partial<Limits> } = {},
): PictureDecoder => {
  if (readsPictures(decoder)) return decoder
  const limits = { ...defaultLimits, ...options.limits }
  const settings = pictureSettings(options)
  const bounds = (what: string, signal?: AbortSignal) => boundsFromNow(what, limits.milliseconds, signal)
  const reading = (clip: Clip, signal?: AbortSignal): PictureReading => ({
    settings,
    limits,
    bounds: bounds(clip.path, signal),
  })
  return {
    ...decoder,
    pictures: (source, signal) =>
      F.pipe(
        TE.fromIO(() => bounds(nameOf(source), signal)),
        TE.flatMap(begun => clipOfPictures(source, settings, limits, begun)),
      ),
    times: (clip, signal) =>
      clip.kind === undefined
        ? decoder.times(clip, signal)
        : TE.right(
            inWindow(
              clip,
              Array.from(filesOfClip(clip), (_, i) => i / clip.fps),
            ),
          ),
    frames: (clip, indices, signal) =>
      clip.kind === undefined
        ? decoder.frames(clip, indices, signal)
        : F.pipe(
            TE.fromEither(wholeIndices(clip, indices)),
            TE.flatMap(whole => framesOfPictures(wholeOf(clip), whole, reading(clip, signal))),
          ),
    activity: (clip, signal) =>
      clip.kind === undefined
        ? decoder.activity(clip, signal)
        : F.pipe(
            TE.fromIO(() => reading(clip, signal)),
            TE.flatMap(begun => activityOfPictures(wholeOf(clip), begun)),
            TE.map(changes => inWindow(clip, changes).map((change, i) => (i === 0 ? 0 : change))),
          ),
  }
}
