import type { Frames } from '../media/index.ts'

/**
 * Each frame as a JPEG, in base64. Takes them one after the other; holds the encoded ones.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { jpegFrames } from 'kinograd/teacher'
 *
 * const frames = { data: new Uint8Array(2 * 8 * 8 * 3), count: 2, height: 8, width: 8, times: [0, 1] }
 * assert.equal((await jpegFrames(frames)).length, 2)
 * ```
 */
export const jpegFrames = async (frames: Frames, quality = 85): Promise<readonly string[]> => {
  const { default: sharp } = await import('sharp')
  const { data, count, height, width } = frames
  const size = height * width * 3
  const encoded: string[] = []
  for (let at = 0; at < count; at++) {
    const raw = { width, height, channels: 3 } as const
    const jpeg = await sharp(data.subarray(at * size, (at + 1) * size), { raw })
      .jpeg({ quality })
      .toBuffer()
    encoded.push(jpeg.toString('base64'))
  }
  return encoded
}
