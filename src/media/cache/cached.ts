import { createHash } from 'node:crypto'
import { function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import { plainFile } from '../file.ts'
import { clipKey } from '../in-window.ts'
import { defaultLimits } from '../limits.ts'
import { lru } from '../lru.ts'
import { eachPicture } from '../pictures/each-picture.ts'
import { filesOfClip } from '../pictures/pixels.ts'
import { type PictureDecoder, withPictures } from '../pictures/with-pictures.ts'
import { type Remembered, remember, shared } from '../remember.ts'
import type { Clip, Decoder, Frames, MediaFault } from '../types.ts'
import { contentHash } from './content.ts'
import { store } from './store.ts'

/** Where frames are kept. */
export interface CacheOptions {
  /** Folder of the entries; made when it is missing. */
  readonly directory: string
  /** Bytes that the folder may hold; the least recently used entries go first. */
  readonly bytes: number
  /** Bytes kept in memory besides; 0 unless given. */
  readonly memoryBytes?: number
}

/** Gives the frames that are kept under a key, else asks and keeps them: in memory, and below it on disk. */
const framesKept = ({ directory, bytes, memoryBytes = 0 }: CacheOptions): Remembered<Frames> => {
  const disk = store(directory, bytes)
  const memory = lru<Frames>(memoryBytes)
  const near = (key: string, frames: Frames): Frames => {
    memory.set(key, frames, frames.data.length)
    return frames
  }
  const broken = (remedy: string) => (error: unknown) => fault('NotWritten', `${directory}: ${String(error)}`, remedy)
  const write = (key: string, frames: Frames): TE.TaskEither<MediaFault, Frames> =>
    TE.tryCatch(async () => {
      await disk.write(key, frames)
      return near(key, frames)
    }, broken('Free space there or choose another folder.'))
  const read = (key: string): TE.TaskEither<MediaFault, Frames | undefined> =>
    TE.tryCatch(async () => {
      const found = memory.get(key)
      if (found !== undefined) return found
      const kept = await disk.read(key)
      return kept && near(key, kept)
    }, broken('Choose a folder that can be used.'))
  const share = shared<Frames>()
  return (key, asker, ask) =>
    share(key, asker, signal =>
      F.pipe(
        read(key),
        TE.flatMap(found =>
          found !== undefined
            ? TE.right(found)
            : F.pipe(
                ask(signal),
                TE.flatMap(frames => write(key, frames)),
              ),
        ),
      ),
    )
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * A decoder that keeps the frames it gave: on disk, and the most recent ones in memory. An entry is addressed by the
 * SHA-256 of the file's content and the frames asked for, so that moved or copied files hit and changed files miss; a folder by the
 * contents of its pictures.
 * Re-reading 75 KB takes about 0.1 ms from disk and 0.03 ms from memory. Frames from memory are shared between callers
 * and must not be written to; what several ask for at the same time is decoded once. `times` and `activity` are remembered in memory. Besides the decoder's faults:
 * `NotWritten` when the folder cannot be written.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, readdir } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { function as F, taskEither as TE } from 'fp-ts'
 * import { cached, encodeVideo, nodeAv } from 'kinograd/media'
 *
 * const directory = await mkdtemp(join(tmpdir(), 'kinograd-'))
 * const path = join(directory, 'clip.mp4')
 * await encodeVideo(path, [new Uint8Array(16 * 16 * 3)], { width: 16, height: 16, fps: 10 })()
 * const decoder = cached(nodeAv(), { directory: join(directory, 'frames'), bytes: 2 ** 20 })
 * const frames = await F.pipe(
 *   decoder.probe(path),
 *   TE.flatMap(clip => decoder.frames(clip, [0])),
 * )()
 * assert(frames._tag === 'Right')
 * assert.equal((await readdir(join(directory, 'frames'))).length, 1)
 * ```
 */
export const cached = (decoder: Decoder, options: CacheOptions): PictureDecoder => {
  const reader = withPictures(decoder)
  const frames = framesKept(options)
  const numbers = remember<readonly number[]>(64 * 2 ** 20, list => 8 * list.length)
  const content = contentHash()
  const hashOf = (path: string): TE.TaskEither<MediaFault, string> =>
    F.pipe(plainFile(path, { fileBytes: defaultLimits.fileBytes }), TE.flatMap(content))
  const contentOf = (clip: Clip, indices: readonly number[] | undefined): TE.TaskEither<MediaFault, string> => {
    if (clip.kind === undefined) return hashOf(clip.path)
    const files = filesOfClip(clip)
    const read =
      indices === undefined
        ? files
        : [...new Set(indices)].flatMap(index => files[(clip.window?.first ?? 0) + index] ?? [])
    const { kind, fps, width, height, rotation } = clip
    return TE.map((hashes: readonly string[]) => sha256([kind, fps, width, height, rotation, ...hashes].join(' ')))(
      eachPicture(read, { what: clip.path, deadline: Number.POSITIVE_INFINITY, signal: undefined }, hashOf),
    )
  }
  // A decoder that skips an opening numbers and times the same frames differently.
  const address = (clip: Clip, request: string, indices?: readonly number[]): TE.TaskEither<MediaFault, string> =>
    F.pipe(
      contentOf(clip, indices),
      TE.map(
        hash =>
          `${hash.slice(0, 40)}-${sha256(`${clipKey(clip)} ${clip.skippedFrames ?? 0} skipped, ${request}`).slice(0, 24)}`,
      ),
    )
  return {
    name: reader.name,
    probe: reader.probe,
    pictures: reader.pictures,
    times: (clip, signal) =>
      F.pipe(
        address(clip, 'times'),
        TE.flatMap(key => numbers(key, { what: clip.path, signal }, own => reader.times(clip, own))),
      ),
    activity: (clip, signal) =>
      F.pipe(
        address(clip, 'activity'),
        TE.flatMap(key => numbers(key, { what: clip.path, signal }, own => reader.activity(clip, own))),
      ),
    frames: (clip, indices, signal) =>
      F.pipe(
        address(clip, `frames ${indices.join(',')}`, indices),
        TE.flatMap(key => frames(key, { what: clip.path, signal }, own => reader.frames(clip, indices, own))),
      ),
  }
}
