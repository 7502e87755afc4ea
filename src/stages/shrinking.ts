import { function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../flow/index.ts'
import type { Decoder, Frames, MediaFault } from '../media/index.ts'

const shrunk = async (frames: Frames, height: number, width: number): Promise<Frames> => {
  const { default: sharp } = await import('sharp')
  const size = frames.height * frames.width * 3
  const data = new Uint8Array(frames.count * height * width * 3)
  for (let at = 0; at < frames.count; at++) {
    const raw = { width: frames.width, height: frames.height, channels: 3 } as const
    const one = await sharp(frames.data.subarray(at * size, (at + 1) * size), { raw })
      .resize(width, height, { fit: 'fill' })
      .raw()
      .toBuffer()
    data.set(one, at * height * width * 3)
  }
  return { ...frames, data, height, width }
}

/** A decoder whose frames have at most so many pixels: larger ones are made smaller, in their shape (Lanczos), none larger. */
export const shrinking = (decoder: Decoder, pixels: number): Decoder => ({
  ...decoder,
  frames: (clip, indices, signal) =>
    F.pipe(
      decoder.frames(clip, indices, signal),
      TE.flatMap((frames): TE.TaskEither<MediaFault, Frames> => {
        const scale = Math.sqrt(pixels / (frames.height * frames.width))
        if (scale >= 1) return TE.right(frames)
        const side = (length: number) => Math.max(1, Math.floor(length * scale))
        return TE.tryCatch(
          () => shrunk(frames, side(frames.height), side(frames.width)),
          error =>
            fault('Undecodable', `${clip.path}: its frames cannot be made smaller: ${error}`, 'Look at the file.'),
        )
      }),
    ),
})
