import { createHash } from 'node:crypto'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import { plainFile } from '../file.ts'
import { defaultLimits } from '../limits.ts'
import type { Decoder, Frames, MediaFault } from '../types.ts'
import { contentHash } from './content.ts'
import { lru } from './lru.ts'
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

/**
 * A decoder that keeps the frames it gave: on disk, and the most recent ones in memory. An entry is addressed by the
 * SHA-256 of the file's content and the frames asked for, so that moved or copied files hit and changed files miss.
 * Re-reading 75 KB takes about 0.1 ms from disk and 0.03 ms from memory. Frames from memory are shared between callers
 * and must not be written to. `times` and `activity` are remembered in memory. Besides the decoder's faults:
 * `NotWritten` when the folder cannot be written.
 */
export const cached = (decoder: Decoder, options: CacheOptions): Decoder => {
  const disk = store(options.directory, options.bytes)
  const memory = lru<Frames>(options.memoryBytes ?? 0)
  const numbers = lru<readonly number[]>(64 * 2 ** 20)
  const content = contentHash()

  const address = (path: string, request: string): TE.TaskEither<MediaFault, string> =>
    F.pipe(
      plainFile(path, { fileBytes: defaultLimits.fileBytes }),
      TE.flatMap(file =>
        TE.tryCatch(
          () => content(file),
          (error): MediaFault =>
            fault('NotFound', `${file.path} cannot be read: ${String(error)}`, 'Check the rights of the file.'),
        ),
      ),
      TE.map(hash => `${hash.slice(0, 40)}-${createHash('sha256').update(request).digest('hex').slice(0, 24)}`),
    )

  const keep = (key: string, frames: Frames): TE.TaskEither<MediaFault, Frames> =>
    TE.tryCatch(
      async () => {
        await disk.write(key, frames)
        memory.set(key, frames, frames.data.length)
        return frames
      },
      (error): MediaFault =>
        fault('NotWritten', `${options.directory}: ${String(error)}`, 'Free space there or choose another folder.'),
    )

  const recall = async (key: string): Promise<Frames | undefined> => {
    const near = memory.get(key)
    if (near !== undefined) return near
    const found = await disk.read(key)
    if (found !== undefined) memory.set(key, found, found.data.length)
    return found
  }

  const remembered = (
    path: string,
    request: string,
    ask: TE.TaskEither<MediaFault, readonly number[]>,
  ): TE.TaskEither<MediaFault, readonly number[]> =>
    F.pipe(
      address(path, request),
      TE.flatMap(key => {
        const known = numbers.get(key)
        return known !== undefined
          ? TE.right(known)
          : F.pipe(
              ask,
              TE.map(found => {
                numbers.set(key, found, 8 * found.length)
                return found
              }),
            )
      }),
    )

  return {
    name: decoder.name,
    probe: decoder.probe,
    times: (clip, signal) => remembered(clip.path, 'times', decoder.times(clip, signal)),
    activity: (clip, signal) => remembered(clip.path, 'activity', decoder.activity(clip, signal)),
    frames: (clip, indices, signal) =>
      F.pipe(
        address(clip.path, `frames ${indices.join(',')}`),
        TE.flatMap(key => async (): Promise<E.Either<MediaFault, Frames>> => {
          const before = await recall(key).catch((error: unknown) => String(error))
          if (typeof before === 'string')
            return E.left(fault('NotWritten', `${options.directory}: ${before}`, 'Choose a folder that can be used.'))
          if (before !== undefined) return E.right(before)
          return F.pipe(
            decoder.frames(clip, indices, signal),
            TE.flatMap(frames => keep(key, frames)),
          )()
        }),
      ),
  }
}
