import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { adaptive, encodeVideo, nodeAv, type Sampling, sampleIndices, uniform } from 'kinograd/media'
import { eventFilm } from './key-events/film.ts'
import type { Bench } from './row.ts'

const clips = 40
const budget = 16

const right = <A>(result: E.Either<unknown, A>): A => {
  if (E.isLeft(result)) throw new Error(JSON.stringify(result.left))
  return result.right
}

/**
 * Share of short events of which at least one frame is sampled: `adaptive(16)` (ours) against `uniform(16)` (peer), on
 * rendered clips of 300 frames with four events of 3 to 9 frames, a drifting backdrop and grain, H.264 at crf 23.
 */
export const bench: Bench = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kinograd-events-'))
  const decoder = nodeAv()
  const found = { uniform: 0, adaptive: 0, events: 0 }
  try {
    for (let seed = 0; seed < clips; seed++) {
      const { frames, events, width, height } = eventFilm(seed)
      const path = join(folder, `${seed}.mp4`)
      right(await encodeVideo(path, frames(), { width, height, fps: 30, bFrames: 3 })())
      const clip = right(await decoder.probe(path)())
      const hits = async (spec: Sampling) => {
        const indices = right(await sampleIndices(decoder, clip, spec)())
        return events.filter(({ first, last }) => indices.some(i => i >= first && i <= last)).length
      }
      found.uniform += await hits(uniform(budget))
      found.adaptive += await hits(adaptive({ budget }))
      found.events += events.length
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  const [ours, peer] = [found.adaptive / found.events, found.uniform / found.events]
  return [
    {
      case: `${clips} clips, ${found.events} events, ${budget} frames`,
      ours,
      peer,
      peerName: `uniform(${budget})`,
      ratio: ours / peer,
      unit: 'recall',
    },
  ]
}
