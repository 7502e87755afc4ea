import { setFlagsFromString } from 'node:v8'

/**
 * Lets V8 collect garbage before its heap grows, for a command that waits for others most of the time. Without it the old generation
 * grows to about three times what lives, and 64 MB of pixels gather outside it: 100 MB of garbage in an evaluation. It costs some
 * processor, so that commands that compute here leave it away. The flag is read at each collection, so that it counts from now on; Bun
 * has another engine.
 */
export const leanHeap = (): void => {
  if (!('bun' in process.versions)) setFlagsFromString('--optimize-for-size')
}
