import { setFlagsFromString } from 'node:v8'

const set = (flag: string): void => {
  // Bun has another engine.
  if (!('bun' in process.versions)) setFlagsFromString(flag)
}

/**
 * Lets V8 collect garbage before its heap grows, for a command that waits for others most of the time. Without it the old generation
 * grows to about three times what lives, and 64 MB of pixels gather outside it: 100 MB of garbage in an evaluation. The flag is read at
 * each collection; how far the heap may grow until the first one is settled early, so that it helps most before anything is loaded.
 */
export const leanHeap = (): void => set('--optimize-for-size')

/** Lets V8 spend memory for speed again, as it does by itself: for what computes in this process. */
export const usualHeap = (): void => set('--no-optimize-for-size')
