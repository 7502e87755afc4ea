import { either as E, type taskEither as TE } from 'fp-ts'
import type { Clip, Decoder, Frames, MediaFault } from './types.ts'

/**
 * A decoder that keeps what it has decoded, up to `bytes` of pixels: the frames that were used longest ago go first. For data sets of
 * small clips that are read epoch after epoch. Frames are shared, not copied: nobody may write to them. Failures are asked anew. Files
 * must not change while it lives.
 */
export const inMemory = (decoder: Decoder, { bytes }: { readonly bytes: number }): Decoder => {
  const clips = new Map<string, Clip>()
  const frames = new Map<string, Frames>()
  let held = 0
  const keep = (key: string, made: Frames): void => {
    frames.set(key, made)
    held += made.data.byteLength
    for (const [oldest, old] of frames) {
      if (held <= bytes) return
      frames.delete(oldest)
      held -= old.data.byteLength
    }
  }
  const remembered =
    <A>(
      known: Map<string, A>,
      key: string,
      ask: TE.TaskEither<MediaFault, A>,
      store: (a: A) => void,
    ): TE.TaskEither<MediaFault, A> =>
    async () => {
      const before = known.get(key)
      if (before !== undefined) {
        known.delete(key)
        known.set(key, before)
        return E.right(before)
      }
      const found = await ask()
      if (E.isRight(found) && !known.has(key)) store(found.right)
      return found
    }
  return {
    ...decoder,
    probe: (path, signal) => remembered(clips, path, decoder.probe(path, signal), clip => clips.set(path, clip)),
    frames: (clip, indices, signal) => {
      const key = `${clip.path}\0${indices.join()}`
      return remembered(frames, key, decoder.frames(clip, indices, signal), made => keep(key, made))
    },
  }
}
