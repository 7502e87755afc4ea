import { createHash } from 'node:crypto'
import { either as E } from 'fp-ts'
import type { Patches } from '../../media/index.ts'
import type { VideoMedium, VisionOptions } from './medium.ts'

/** Gives the patches that are kept for a clip and its frames, or cuts them and keeps them. */
export type Keeping = <L>(medium: VideoMedium, cut: () => E.Either<L, Patches>) => E.Either<L, Patches>

const contents = new WeakMap<Uint8Array, string>()

/** What frames hold: the same clip may be seen in another order, at the same times. Frames are not written to, so that each are read once. */
const contentOf = (data: Uint8Array): string => {
  const known = contents.get(data)
  if (known !== undefined) return known
  const content = createHash('sha256').update(data).digest('base64')
  contents.set(data, content)
  return content
}

/** A clip by its path, and which of its frames in which size and order: another sampling of the same clip is something else. */
const keyOf = ({ clip, frames, secondsPerGrid }: VideoMedium): string | undefined => {
  if (clip === undefined) return undefined
  const { width, height, times, data } = frames
  return [clip.path, width, height, times.join(), secondsPerGrid ?? '', contentOf(data)].join('\0')
}

/**
 * Keeps patches of the last clips, those kept longest go first; what alone is larger than all bytes is not kept. Failures are not
 * kept, and a medium without a clip has no name to be kept by.
 */
export const keepPatches = ({ clips, bytes = 2 ** 28 }: NonNullable<VisionOptions['keep']>): Keeping => {
  const kept = new Map<string, Patches>()
  let held = 0
  const store = (key: string, made: Patches): void => {
    const size = made.values.byteLength
    if (size > bytes) return
    kept.set(key, made)
    held += size
    for (const [oldest, { values }] of kept) {
      if (kept.size <= clips && held <= bytes) return
      kept.delete(oldest)
      held -= values.byteLength
    }
  }
  return (medium, cut) => {
    const key = keyOf(medium)
    const known = key === undefined ? undefined : kept.get(key)
    if (known !== undefined) return E.right(known)
    const made = cut()
    if (key !== undefined && E.isRight(made)) store(key, made.right)
    return made
  }
}
