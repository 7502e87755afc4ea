import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { adaptive, encodeVideo, type FrameSampling, nodeAv, sampleIndices, uniform } from 'kinograd/media'
import { eventFilm } from './key-events/film.ts'
import { first, others, type Style } from './key-events/style.ts'
import type { Bench, Row } from './row.ts'

const budget = 16
const clips = 20

const right = <A>(result: E.Either<unknown, A>): A => {
  if (E.isLeft(result)) throw new Error(JSON.stringify(result.left))
  return result.right
}

const recall = async (folder: string, style: Style, firstSeed: number): Promise<Row> => {
  const decoder = nodeAv()
  const { width, height, name } = style
  const found = { uniform: 0, adaptive: 0, events: 0 }
  for (let seed = firstSeed; seed < firstSeed + clips; seed++) {
    const { frames, events } = eventFilm(seed, style)
    const path = join(folder, `${name} ${seed}.mp4`)
    right(await encodeVideo(path, frames(), { width, height, fps: 30, bFrames: 3 })())
    const clip = right(await decoder.probe(path)())
    const hits = async (spec: FrameSampling) => {
      const indices = right(await sampleIndices(decoder, clip, spec)())
      return events.filter(({ first, last }) => indices.some(i => i >= first && i <= last)).length
    }
    found.uniform += await hits(uniform(budget))
    found.adaptive += await hits(adaptive({ budget }))
    found.events += events.length
  }
  const [ours, peer] = [found.adaptive / found.events, found.uniform / found.events]
  return { case: name, ours, peer, peerName: `uniform(${budget})`, ratio: ours / peer, unit: 'recall' }
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

/**
 * Share of short events of which at least one frame is sampled: `adaptive(16)` (ours) against `uniform(16)` (peer), on
 * rendered clips of 300 frames with four events each, H.264 at crf 23, 20 clips a style. The styles show an event in other sizes,
 * lengths, shapes and colours, under grain, a shaking or panning camera, flicker and cuts. The measure of change was
 * chosen on seeds 500 to 507; those reported here, from 1000 on (or from the seed given), were not looked at before.
 */
export const bench: Bench = async ({ rest }) => {
  const firstSeed = Number(rest[0] ?? 1000)
  const folder = await mkdtemp(join(tmpdir(), 'kinograd-events-'))
  try {
    const rows: Row[] = []
    for (const style of [first, ...others]) rows.push(await recall(folder, style, firstSeed))
    const [ours, peer] = [mean(rows.map(r => r.ours)), mean(rows.map(r => r.peer ?? 0))]
    return [...rows, { case: 'mean', ours, peer, peerName: `uniform(${budget})`, ratio: ours / peer, unit: 'recall' }]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
