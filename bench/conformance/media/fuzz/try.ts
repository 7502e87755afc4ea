import { either as E } from 'fp-ts'
import type { Decoder, MediaFault } from 'kinograd/media'

/** What is wrong with a fault that a broken file earned; nothing when it names the file and a remedy. */
const faultDiffers = (fault: MediaFault, path: string): readonly string[] =>
  fault.cause.includes(path) && fault.remedy !== ''
    ? []
    : [`a fault that does not name the file: ${JSON.stringify(fault)}`]

/** Opens a broken file and decodes some pictures of it. Nothing may be thrown; what is wrong comes back in sentences. */
export const tryFile = async (decoder: Decoder, path: string): Promise<readonly string[]> => {
  try {
    const clip = await decoder.probe(path)()
    if (E.isLeft(clip)) return faultDiffers(clip.left, path)
    const count = clip.right.frameCount
    const times = await decoder.times(clip.right)()
    if (E.isLeft(times)) return faultDiffers(times.left, path)
    const out: string[] = []
    if (count < 1 || times.right.length !== count) out.push(`${count} frames and ${times.right.length} times`)
    if (times.right.some(time => !Number.isFinite(time))) out.push('a time that is no number')
    const wanted = [...new Set([count - 1, 0, Math.floor(count / 2)])]
    const frames = await decoder.frames(clip.right, wanted)()
    if (E.isLeft(frames)) return [...out, ...faultDiffers(frames.left, path)]
    const { data, width, height } = frames.right
    if (frames.right.count !== wanted.length || data.length !== wanted.length * width * height * 3)
      out.push(`${data.length} bytes for ${wanted.length} pictures of ${width}×${height}`)
    return out
  } catch (error) {
    return [`thrown: ${error instanceof Error ? error.stack : String(error)}`]
  }
}
