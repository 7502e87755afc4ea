import type { Patches } from '../../../media/index.ts'

/** Media that clients sent, by their hash. */
export interface MediaStore {
  readonly put: (sha256: string, medium: Patches) => void
  readonly get: (sha256: string) => Patches | undefined
}

/** Keeps at most so many bytes; those that were not used longest go first. One medium larger than that is kept alone. */
export const mediaStore = (bytes: number): MediaStore => {
  const kept = new Map<string, Patches>()
  let held = 0
  const use = (sha256: string, medium: Patches): void => {
    kept.delete(sha256)
    kept.set(sha256, medium)
  }
  return {
    put: (sha256, medium) => {
      if (!kept.has(sha256)) held += medium.values.byteLength
      use(sha256, medium)
      for (const [oldest, { values }] of kept) {
        if (held <= bytes || kept.size <= 1) return
        kept.delete(oldest)
        held -= values.byteLength
      }
    },
    get: sha256 => {
      const found = kept.get(sha256)
      if (found !== undefined) use(sha256, found)
      return found
    },
  }
}
