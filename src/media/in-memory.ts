import { either as E, type taskEither as TE } from 'fp-ts'
import { lru } from './cache/lru.ts'
import type { Clip, Decoder, Frames, MediaFault } from './types.ts'

/**
 * A decoder that keeps what it has decoded, up to `bytes` of pixels: the frames that were used longest ago go first. For data sets of
 * small clips that are read epoch after epoch. Frames are shared, not copied: nobody may write to them. Failures are asked anew. Files
 * must not change while it lives.
 */
export const inMemory = (decoder: Decoder, { bytes }: { readonly bytes: number }): Decoder => {
  const clips = new Map<string, Clip>()
  const frames = lru<Frames>(bytes)
  const remembered =
    <A>(known: A | undefined, ask: TE.TaskEither<MediaFault, A>, store: (a: A) => void): TE.TaskEither<MediaFault, A> =>
    async () => {
      if (known !== undefined) return E.right(known)
      const found = await ask()
      if (E.isRight(found)) store(found.right)
      return found
    }
  return {
    ...decoder,
    probe: (path, signal) => remembered(clips.get(path), decoder.probe(path, signal), clip => clips.set(path, clip)),
    frames: (clip, indices, signal) => {
      const key = `${clip.path}\0${indices.join()}`
      return remembered(frames.get(key), decoder.frames(clip, indices, signal), made =>
        frames.set(key, made, made.data.byteLength),
      )
    },
  }
}
