import { taskEither as TE } from 'fp-ts'
import { fault, messageOf } from '../flow/index.ts'
import type { Frames, MediaFault } from './types.ts'

/** Why a frame could not be written as JPEG. */
export const notEncoded = (error: unknown): MediaFault =>
  fault('NotWritten', `JPEG: ${messageOf(error)}`, 'Check the frames and their size.')

/** One frame for sharp. It may reject. */
export const pixelsOf = async ({ data, width, height }: Frames, index: number) => {
  const { default: sharp } = await import('sharp')
  const size = height * width * 3
  return sharp(data.subarray(index * size, (index + 1) * size), { raw: { width, height, channels: 3 } })
}

/** One frame as JPEG. It may reject. */
export const encoded = async (frames: Frames, index: number, quality: number): Promise<Uint8Array> =>
  new Uint8Array(await (await pixelsOf(frames, index)).jpeg({ quality }).toBuffer())

/**
 * One frame as JPEG bytes; quality 1 to 100. `BadSampling` outside the frames, `NotWritten` when it cannot be encoded.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { jpeg } from 'kinograd/media'
 *
 * const frames = { data: new Uint8Array(2 * 8 * 8 * 3), count: 2, height: 8, width: 8, times: [0, 1] }
 * const bytes = await jpeg(frames, 1)()
 * assert(bytes._tag === 'Right' && bytes.right[0] === 0xff && bytes.right[1] === 0xd8)
 * ```
 */
export const jpeg = (frames: Frames, index: number, quality = 85): TE.TaskEither<MediaFault, Uint8Array> =>
  Number.isInteger(index) && index >= 0 && index < frames.count
    ? TE.tryCatch(() => encoded(frames, index, quality), notEncoded)
    : TE.left(fault('BadSampling', `there are ${frames.count} frames, asked for ${index}`, 'Ask for one that exists.'))
