import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import type { VideoRecord } from 'kinograd/dataset'
import { readRecords, resolveMedia } from 'kinograd/dataset'
import { nodeAv } from 'kinograd/media'
import { parse, questionText, videoP2R } from 'kinograd/process'
import { accuracy } from 'kinograd/reward'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { World } from '../../../examples/videop2r/world/index.ts'
import {
  createWorld,
  mismatch,
  planWorld,
  readScenes,
  render,
  scriptedTeacher,
  splits,
  sufficient,
  toVideoRecord,
  unknownWords,
} from '../../../examples/videop2r/world/index.ts'

const size = { clips: 12, questions: 2 }
const sizes = { 'train-sft': size, 'train-rl': size, dev: size, test: size }
const options = { seed: 21, sizes, otherShare: 0.5 }
const plans = planWorld(options)
const signal = new AbortController().signal
const right = <A>(result: E.Either<unknown, A>): A => {
  if (E.isLeft(result)) throw new Error(JSON.stringify(result.left))
  return result.right
}

let folder = ''
let world: World
const records: VideoRecord[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'world-'))
  world = right(await createWorld({ ...options, directory: join(folder, 'world') })())
  for (const split of splits) for await (const record of readRecords(world.records[split])) records.push(right(record))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a world through the rooms of the library', () => {
  test('the data set reader gives the planned records, every field of them', () => {
    expect(records).toEqual(plans.flatMap(plan => plan.records.map(toVideoRecord)))
    expect(new Set(records.map(record => record.problemType)).size).toBe(5)
  })

  test('the gold answer earns 1 by its problem type, another answer less', () => {
    for (const record of records) {
      expect(right(accuracy()(record.problemType)(record.answer, record.answer))).toBe(1)
      expect(right(accuracy()(record.problemType)('0.5', record.answer))).toBeLessThan(0.6)
    }
  })

  test('the parser reads a clean chain and refuses a broken one', async () => {
    const scenes = right(await readScenes(world)())
    const rates = { vague: [0, 0, 0], shortcut: [0, 0, 0], designJudge: 0.82, misstated: 0, slip: 0 } as const
    const clean = scriptedTeacher({ scenes, seed: 1, rates: { ...rates, malformed: 0 } })
    const broken = scriptedTeacher({ scenes, seed: 1, rates: { ...rates, malformed: 1 } })
    const frames = { data: new Uint8Array(0), count: 0, height: 0, width: 0, times: [] }
    for (const record of records) {
      const ask = { record, prompt: '', frames }
      const { observation, think, answer } = right(parse(videoP2R, right(await clean.annotate(ask, signal)()))).segments
      expect([answer.trim(), sufficient(record, observation), mismatch(think, answer)]).toEqual([
        record.answer,
        true,
        false,
      ])
      expect(E.isLeft(parse(videoP2R, right(await broken.annotate(ask, signal)())))).toBe(true)
    }
  })

  test('every question text of the library has its tokens', () => {
    for (const record of records) expect(unknownWords(questionText(record.problem, record.options))).toEqual([])
  })

  test('clips are H.264 and decode to what was rendered, up to the codec', async () => {
    const decoder = nodeAv()
    for (const plan of plans.slice(0, 6)) {
      const path = join(world.directory, plan.path)
      const clip = right(await decoder.probe(path, signal)())
      expect([clip.codec, clip.width, clip.height, clip.frameCount, clip.fps]).toEqual(['h264', 56, 56, 8, 4])
      const decoded = right(await decoder.frames(clip, [0, 1, 2, 3, 4, 5, 6, 7], signal)())
      const rendered = render(plan.scene, options.seed, plan.path)
      const off = decoded.data.reduce((sum, v, i) => sum + Math.abs(v - (rendered.data[i] ?? 0)), 0)
      expect(off / rendered.data.length).toBeGreaterThan(0)
      expect(off / rendered.data.length).toBeLessThan(6)
    }
  })

  test('paths of records lead to the clips', () => {
    for (const record of records) expect(right(resolveMedia(world.directory, record))).toContain('.mp4')
  })
})
