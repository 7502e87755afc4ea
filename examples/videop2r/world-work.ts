import { join } from 'node:path'
import { encodeVideo } from 'kinograd/media'
import type { Groundwork } from 'kinograd/recipe'
import { createWorld, openWorld, type WorldSizes } from './world/index.ts'

/** Files of a world that the rest of the run vouches for. */
const files = ['train-sft.json', 'train-rl.json', 'dev.json', 'test.json', 'scenes.jsonl', 'manifest.json']

/** The first phase of the main job: clips, questions and a vocabulary, in the folder `root`. */
export const worldWork = (root: string, seed: number, sizes: WorldSizes): Groundwork => ({
  title: 'world',
  does: `render ${sizes['train-sft'].clips + sizes.test.clips} and more clips as H.264, write their questions`,
  work: (run, signal) =>
    createWorld({
      seed,
      directory: root,
      sizes,
      encode: encodeVideo,
      signal,
      onProgress: ({ done, total }) => run.status?.progress('world', done, total, 'clips'),
    }),
  writes: files.map(name => join(root, name)),
  check: openWorld(root),
})

/** Bytes that a world with its chains takes on disk, rounded up, and what checkpoints and logs take. */
export const bytesNeeded = (sizes: WorldSizes): number =>
  Object.values(sizes).reduce((sum, { clips }) => sum + clips, 0) * 12_000 + 50_000_000
