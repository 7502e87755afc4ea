import { either as E } from 'fp-ts'
import type { Clip, Decoder, Frames, MediaFault } from 'kinograd/media'
import { type Rgb, readBars } from './bars.ts'

/** What a decoder gave of a whole file. */
export interface Seen {
  readonly clip: Clip
  readonly times: readonly number[]
  readonly frames: Frames
}

/** Opens a file and decodes every picture of it in one call. */
export const seeAll = async (decoder: Decoder, path: string): Promise<E.Either<MediaFault, Seen>> => {
  const clip = await decoder.probe(path)()
  if (E.isLeft(clip)) return clip
  const times = await decoder.times(clip.right)()
  if (E.isLeft(times)) return times
  const frames = await decoder.frames(clip.right, [...Array(clip.right.frameCount).keys()])()
  return E.isLeft(frames) ? frames : E.right({ clip: clip.right, times: times.right, frames: frames.right })
}

/** The bytes of one picture. */
export const pictureOf = ({ data, width, height }: Frames, index: number): Uint8Array =>
  data.subarray(index * width * height * 3, (index + 1) * width * height * 3)

/** The numbers drawn in all pictures. */
export const numbersIn = (frames: Frames): readonly number[] =>
  Array.from({ length: frames.count }, (_, i) => readBars(pictureOf(frames, i), frames.width, frames.height))

/** The colour of a pixel. */
export const colourIn = (frames: Frames, index: number, x: number, y: number): Rgb => {
  const place = 3 * (y * frames.width + x)
  const picture = pictureOf(frames, index)
  return [picture[place]!, picture[place + 1]!, picture[place + 2]!]
}

/** The mean colour of a picture. */
export const meanIn = (frames: Frames, index: number): Rgb => {
  const picture = pictureOf(frames, index)
  const sums: [number, number, number] = [0, 0, 0]
  for (let i = 0; i < picture.length; i += 3) {
    sums[0] += picture[i]!
    sums[1] += picture[i + 1]!
    sums[2] += picture[i + 2]!
  }
  const pixels = picture.length / 3
  return [sums[0] / pixels, sums[1] / pixels, sums[2] / pixels]
}
