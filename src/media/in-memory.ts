import { remember } from './remember.ts'
import type { Clip, Decoder, Frames } from './types.ts'

/**
 * A decoder that keeps what it has decoded, up to `bytes` of pixels, and what it knows of the last 100,000 clips: what
 * was used longest ago goes first. For data sets of small clips that are read epoch after epoch. Frames are shared, not
 * copied: nobody may write to them. Failures are asked anew. Files must not change while it lives.
 */
export const inMemory = (decoder: Decoder, { bytes }: { readonly bytes: number }): Decoder => {
  const clips = remember<Clip>(100_000)
  const frames = remember<Frames>(bytes, ({ data }) => data.byteLength)
  return {
    ...decoder,
    probe: (path, signal) => clips(path, decoder.probe(path, signal)),
    frames: (clip, indices, signal) => frames(`${clip.path}\0${indices.join()}`, decoder.frames(clip, indices, signal)),
  }
}
