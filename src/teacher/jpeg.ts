import sharp from 'sharp'
import type { Frames } from '../media/index.ts'

/** Each frame as a JPEG, in base64. Takes them one after the other; holds the encoded ones. */
export const jpegFrames = async (frames: Frames, quality = 85): Promise<readonly string[]> => {
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
