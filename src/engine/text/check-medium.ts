import { either as E } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import { defaultLimits, type Frames, type MediaFault } from '../../media/index.ts'
import type { EngineFault } from '../engine.ts'
import type { Medium, PatchSizes, PixelBounds } from './medium.ts'

const badPrompt = (cause: string, remedy: string): E.Either<EngineFault, never> =>
  E.left(fault('BadPrompt', cause, remedy))

/** A `BadSize`. */
export const badSize = (cause: string, remedy: string): E.Either<MediaFault, never> =>
  E.left(fault('BadSize', cause, remedy))

/** Whether a value from outside is a medium at all: data sets and code without types may hold anything. */
export const checkKind = (given: unknown): E.Either<EngineFault, void> => {
  const kind = typeof given === 'object' && given !== null && 'kind' in given ? given.kind : undefined
  return kind === 'image' || kind === 'video'
    ? E.right(undefined)
    : badPrompt(
        `${kind === undefined ? `${given === null ? 'null' : typeof given} is neither text nor a medium` : `kind ${JSON.stringify(kind)}`}, known are text, "image" and "video"`,
        'Give text, or { kind: "image", frames } of a picture and { kind: "video", frames, clip } of a clip.',
      )
}

/** Whether there are pixels: at least one frame, exactly one of an image, and as many bytes as the sizes say. */
export const checkFrames = ({ kind, frames }: Medium): E.Either<EngineFault | MediaFault, Frames> => {
  const given: Frames | undefined = frames
  if (given === undefined)
    return badPrompt(`a medium of kind ${kind} has no frames`, 'Decode it first: put sampleFrames before toPrompt.')
  const { count, height, width, data } = given
  if (!(count >= 1 && height >= 1 && width >= 1))
    return badSize(`${count} frames of ${width}×${height} pixels`, 'Sample at least one frame that is not empty.')
  if (data.length !== count * height * width * 3)
    return badSize(
      `${count} frames of ${width}×${height} have ${data.length} bytes, ${count * height * width * 3} are needed`,
      'Give RGB frames whose sizes are those of their data.',
    )
  return kind === 'image' && count !== 1
    ? badPrompt(`an image has ${count} frames, it must have 1`, 'Give several frames as a medium of kind "video".')
    : E.right(given)
}

/** Whether some size lies within the bounds at all, and can be cut into merged units with sides of `unit` pixels. */
export const checkBounds = (
  kind: Medium['kind'],
  { minPixels, maxPixels, factor }: PixelBounds & { readonly factor: number },
  unit: number,
): E.Either<MediaFault, void> => {
  const named = `pixels.${kind} asks for at least ${minPixels} and at most ${maxPixels} pixels`
  if (!(minPixels >= 0 && minPixels <= maxPixels && minPixels < Number.POSITIVE_INFINITY))
    return badSize(named, 'Give bounds of which the lower one is not the larger.')
  if (!(factor >= unit && factor % unit === 0))
    return badSize(
      `pixels.${kind}.factor is ${factor}, no multiple of ${unit}: patch size times merge size of this model`,
      'Leave the factor out.',
    )
  return maxPixels < factor ** 2
    ? badSize(`${named}, the smallest picture of ${factor}×${factor} has ${factor ** 2}`, 'Allow more pixels.')
    : E.right(undefined)
}

/** Whether the patches of so many frames of this size can be held: 4 GiB of single-precision numbers is the most. */
export const checkBytes = (
  count: number,
  [height, width]: readonly [number, number],
  { temporalPatchSize }: PatchSizes,
): E.Either<MediaFault, void> => {
  const bytes = Math.ceil(count / temporalPatchSize) * temporalPatchSize * height * width * 3 * 4
  return bytes <= defaultLimits.bytes
    ? E.right(undefined)
    : E.left(
        fault(
          'TooLarge',
          `patches of ${count} frames of ${width}×${height} take ${bytes} bytes, the limit is ${defaultLimits.bytes}`,
          'Take fewer frames, or set smaller pixels.video.maxPixels or totalPixels.',
        ),
      )
}
