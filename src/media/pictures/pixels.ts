import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault, messageOf } from '../../flow/index.ts'
import { differences, thumbnail } from '../activity.ts'
import type { Bounds } from '../bounds.ts'
import { readImage } from '../image.ts'
import type { Limits } from '../limits.ts'
import { resize } from '../resize.ts'
import type { Clip, Frames, MediaFault } from '../types.ts'
import { eachPicture } from './each-picture.ts'
import type { PictureSettings } from './options.ts'

/** How pictures are read. */
export interface PictureReading {
  readonly settings: PictureSettings
  readonly limits: Limits
  readonly bounds: Bounds
}

/** The files of a clip of pictures, in order. */
export const filesOfClip = ({ path, pictures = [path] }: Clip): readonly string[] => pictures

/** A picture in the size of its clip, and whether it had another one. */
interface Fitted {
  readonly picture: Frames
  readonly resized: boolean
}

/** One picture in the size of its clip; a fault says which of how many it is. */
const pictureAt = (
  clip: Clip,
  index: number,
  { settings, limits }: PictureReading,
): TE.TaskEither<MediaFault, Fitted> => {
  const path = filesOfClip(clip)[index]!
  const place = clip.kind === 'frame' ? `picture ${index + 1} of ${clip.frameCount}: ` : ''
  return F.pipe(
    readImage(path, { ...limits, upright: settings.upright }),
    TE.flatMapEither(frames => {
      if (frames.width === clip.width && frames.height === clip.height)
        return E.right({ picture: frames, resized: false })
      return settings.onSizeChange === 'scale' && clip.kind === 'frame'
        ? E.map((picture: Frames): Fitted => ({ picture, resized: true }))(resize(frames, clip.height, clip.width))
        : E.left(
            fault(
              'SizeChange',
              `${path} has ${frames.width}×${frames.height} pixels, its clip ${clip.width}×${clip.height}`,
              'Has the file changed since it was probed? Probe it again.',
            ),
          )
    }),
    TE.mapLeft(wrong => ({ ...wrong, cause: place + wrong.cause })),
  )
}

/** Whether the indices are those of a clip's frames, and their pictures may be held. */
const checked = (clip: Clip, indices: readonly number[], limits: Limits): E.Either<MediaFault, readonly number[]> => {
  const files = filesOfClip(clip).length
  if (files !== clip.frameCount)
    return E.left(
      fault(
        'BadSampling',
        `${clip.path} has ${files} pictures and says ${clip.frameCount} frames`,
        'Take clips as probing gives them.',
      ),
    )
  const bytes = indices.length * clip.width * clip.height * 3
  if (bytes > limits.bytes)
    return E.left(
      fault(
        'TooLarge',
        `${clip.path}: ${indices.length} frames of ${clip.width}×${clip.height} are ${bytes} bytes, the limit is ${limits.bytes}`,
        'Ask for fewer frames or raise limits.bytes.',
      ),
    )
  const wrong = indices.find(index => !(Number.isInteger(index) && index >= 0 && index < clip.frameCount))
  return wrong === undefined
    ? E.right(indices)
    : E.left(
        fault(
          'BadSampling',
          `${clip.path} has frames 0 to ${clip.frameCount - 1}, asked for ${wrong}`,
          'Sample within the clip.',
        ),
      )
}

/** Pictures of a clip as frames, in the order asked for; each is read once. Holds them and four more. */
export const framesOfPictures = (
  clip: Clip,
  indices: readonly number[],
  reading: PictureReading,
): TE.TaskEither<MediaFault, Frames> =>
  F.pipe(
    TE.fromEither(checked(clip, indices, reading.limits)),
    TE.flatMap(() => {
      const { width, height, fps, kind } = clip
      const size = width * height * 3
      const data = new Uint8Array(indices.length * size)
      const distinct = [...new Set(indices)].sort((a, b) => a - b)
      const put = (index: number, { picture, resized }: Fitted): readonly number[] => {
        const places = indices.flatMap((asked, place) => (asked === index ? [place] : []))
        for (const place of places) data.set(picture.data, place * size)
        return resized ? places : []
      }
      const read = (index: number) => TE.map((fitted: Fitted) => put(index, fitted))(pictureAt(clip, index, reading))
      return F.pipe(
        eachPicture(distinct, reading.bounds, read),
        TE.map(places => {
          const resized = places.flat().sort((a, b) => a - b)
          return {
            ...{ data, count: indices.length, height, width },
            times: indices.map(index => index / fps),
            ...(kind === undefined ? {} : { kind }),
            ...(resized.length === 0 ? {} : { resized }),
          }
        }),
      )
    }),
  )

const thumbnailOf = (path: string, { data, width, height }: Frames): TE.TaskEither<MediaFault, Uint8Array> =>
  TE.tryCatch(
    async () => {
      const { default: sharp } = await import('sharp')
      const { side } = thumbnail
      const image = sharp(data, { raw: { width, height, channels: 3 } })
      return new Uint8Array(await image.resize(side, side, { fit: 'fill', kernel: 'linear' }).raw().toBuffer())
    },
    error => fault('Undecodable', `${path}: ${messageOf(error)}`, 'Leave the record out, or sample uniformly.'),
  )

/** The change into each picture of a clip; reads every picture and holds their thumbnails. */
export const activityOfPictures = (clip: Clip, reading: PictureReading): TE.TaskEither<MediaFault, readonly number[]> =>
  F.pipe(
    eachPicture(filesOfClip(clip), reading.bounds, (path, index) =>
      F.pipe(
        pictureAt(clip, index, reading),
        TE.flatMap(({ picture }) => thumbnailOf(path, picture)),
      ),
    ),
    TE.map(thumbnails => thumbnails.map(differences())),
  )
