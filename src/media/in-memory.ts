import { clipKey } from './in-window.ts'
import { nameOf, type PictureDecoder, withPictures } from './pictures/with-pictures.ts'
import { remember } from './remember.ts'
import type { Clip, Decoder, Frames } from './types.ts'

/**
 * A decoder that keeps what it has decoded, up to `bytes` of pixels, and what it knows of the last 100,000 clips: what
 * was used longest ago goes first. For data sets of small clips that are read epoch after epoch. What several ask for at
 * the same time is decoded once for all of them; failures are asked anew later. Frames are shared, not copied: nobody may
 * write to them. Files must not change while it lives. Pictures are kept as clips are.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { function as F, taskEither as TE } from 'fp-ts'
 * import { encodeVideo, inMemory, nodeAv } from 'kinograd/media'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'kinograd-')), 'clip.mp4')
 * const grey = (level: number) => new Uint8Array(16 * 16 * 3).fill(level)
 * await encodeVideo(path, [grey(0), grey(90), grey(180)], { width: 16, height: 16, fps: 10 })()
 * const decoder = inMemory(nodeAv(), { bytes: 2 ** 20 })
 * const first = F.pipe(
 *   decoder.probe(path),
 *   TE.flatMap(clip => decoder.frames(clip, [0])),
 * )
 * const [once, again] = [await first(), await first()]
 * assert(once._tag === 'Right' && again._tag === 'Right')
 * assert.equal(once.right, again.right)
 * ```
 */
export const inMemory = (decoder: Decoder, { bytes }: { readonly bytes: number }): PictureDecoder => {
  const reader = withPictures(decoder)
  const clips = remember<Clip>(100_000)
  const frames = remember<Frames>(bytes, ({ data }) => data.byteLength)
  return {
    ...reader,
    probe: (path, signal) => clips(path, { what: path, signal }, own => reader.probe(path, own)),
    pictures: (source, signal) =>
      clips(`\0${JSON.stringify(source)}`, { what: nameOf(source), signal }, own => reader.pictures(source, own)),
    frames: (clip, indices, signal) =>
      frames([clip.path, clip.kind, clip.fps, clipKey(clip), indices].join('\0'), { what: clip.path, signal }, own =>
        reader.frames(clip, indices, own),
      ),
  }
}
