import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from 'kinograd/dataset'
import { qwenPrompt } from 'kinograd/engine'
import { tinyPolicy } from 'kinograd/engine/tfjs'
import { type Fault, items, iterate, pipeline, type StageError } from 'kinograd/flow'
import { type Decoder, encodeVideo, inMemory, nodeAv, uniform } from 'kinograd/media'
import * as S from 'kinograd/stages'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adapters } from '../media/decoders.ts'
import { completionOf, engineOf, decoder as fakeDecoder, recordOf, run } from './fakes.ts'

const root = mkdtempSync(join(tmpdir(), 'kinograd-kinds-'))
const outside = mkdtempSync(join(tmpdir(), 'kinograd-outside-'))
const { engine, tokenizer } = tinyPolicy()
afterAll(() => {
  engine.dispose()
  for (const made of [root, outside]) rmSync(made, { recursive: true, force: true })
})

const [width, height] = [112, 84]
const flat = (level: number) =>
  sharp({ create: { width, height, channels: 3, background: { r: level, g: level, b: level } } })

beforeAll(async () => {
  const frame = (i: number) => new Uint8Array(width * height * 3).fill(20 * i)
  await encodeVideo(join(root, 'clip.mp4'), [1, 2, 3, 4, 5, 6].map(frame), { width, height, fps: 6 })()
  await encodeVideo(join(root, 'still.mp4'), [frame(3)], { width, height, fps: 6 })()
  await flat(90).toFile(join(root, 'picture.png'))
  await flat(90).jpeg().toFile(join(root, 'picture.jpg'))
  await flat(90).toFile(join(outside, 'secret.png'))
  for (const name of ['frames', 'linked', 'empty', 'gap']) mkdirSync(join(root, name))
  for (const n of [1, 2, 3, 4, 10]) await flat(n).toFile(join(root, n === 10 ? 'gap' : 'frames', `${n}.png`))
  await flat(1).toFile(join(root, 'linked', '1.png'))
  await flat(8).toFile(join(root, 'gap', '8.png'))
  await flat(9).toFile(join(root, 'gap', '11.png'))
  symlinkSync(join(outside, 'secret.png'), join(root, 'linked', '2.png'))
  symlinkSync(join(outside, 'secret.png'), join(root, 'link.png'))
  symlinkSync(outside, join(root, 'away'))
  symlinkSync(join(root, 'picture.png'), join(root, 'near.png'))
  writeFileSync(join(root, 'text.mp4'), 'no video\n'.repeat(99))
  writeFileSync(join(root, 'text.png'), 'no picture\n'.repeat(99))
})

const decoder = nodeAv({ pictures: { fps: 4 } })
const spec = uniform(4, { atMost: true })
const item = (dataType: VideoRecord['dataType'], path: string) => ({ record: recordOf(path, { dataType, path }) })
const look = (more: Partial<Parameters<typeof S.decode>[0]> = {}, by: Decoder = decoder) =>
  pipeline('look', S.decode({ decoder: by, root, ...more }), S.sampleFrames({ decoder: by, spec }))
const faultOf = async (given: ReturnType<typeof item>, more: Parameters<typeof look>[0] = {}): Promise<Fault> => {
  const [out] = await run(look(more), [given])
  if (out === undefined || E.isRight(out)) throw new Error('expected a fault')
  return out.left.fault
}

describe('one stream of videos, pictures and folders', () => {
  const mixed = [item('video', 'clip.mp4'), item('image', 'picture.png'), item('frame', 'frames')]

  test('each is read as its record says', async () => {
    const out = await run(look(), mixed)
    const seen = out.map(one =>
      E.isLeft(one)
        ? one.left.fault.cause
        : [one.right.clip.kind, one.right.frames.kind, one.right.frames.count, one.right.frames.times],
    )
    expect(seen).toEqual([
      [undefined, undefined, 4, [0, 2 / 6, 3 / 6, 5 / 6].map(time => expect.closeTo(time))],
      ['image', 'image', 1, [0]],
      ['frame', 'frame', 4, [0, 0.25, 0.5, 0.75]],
    ])
  })

  test('a record with a window is read as that part, its pictures at its own rate', async () => {
    const windowed = (kind: VideoRecord['dataType'], path: string, more: Partial<VideoRecord>) => ({
      record: { ...recordOf(path, { dataType: kind, path }), ...more },
    })
    const out = await run(look(), [
      windowed('video', 'clip.mp4', { window: { start: 0.3, end: 0.7 } }),
      windowed('frame', 'frames', { window: { start: 0.5, end: 1.2 }, fps: 2 }),
      windowed('video', 'clip.mp4', { window: { start: 7, end: 9 } }),
    ])
    const seen = out.map(one => (E.isLeft(one) ? one.left.fault._tag : one.right.frames.times))
    expect(seen).toEqual([[2 / 6, 4 / 6].map(time => expect.closeTo(time)), [0.5, 1], 'BadSampling'])
  })

  test.each([
    ['a cache in memory', inMemory(nodeAv(), { bytes: 2 ** 24 })],
    ['a decoder of one’s own that reads videos alone', fakeDecoder],
  ])('through %s as well', async (_, by) => {
    const out = await run(look({}, by), [
      item('video', 'clip.mp4'),
      item('image', 'picture.png'),
      item('frame', 'frames'),
    ])
    expect(out.map(one => (E.isRight(one) ? one.right.frames.kind : one.left.fault.cause))).toEqual([
      undefined,
      'image',
      'frame',
    ])
  })

  test('in the prompt a picture has image pads, video and folder have video pads, each within its own bounds', async () => {
    const pixels = { image: { minPixels: 0, maxPixels: 28 * 28 * 12 }, video: { minPixels: 0, maxPixels: 28 * 28 * 4 } }
    const make = qwenPrompt({ tokenizer, pixels, question: ({ record }) => record.id })
    const out = await run(pipeline('ask', look(), S.toPrompt(make)), mixed)
    const told = out.map(one => {
      if (E.isLeft(one)) return one.left.fault.cause
      const { ids, media } = one.right.prompt
      const text = tokenizer.decode(ids).match(/<\|vision_start\|>.*<\|vision_end\|>/)?.[0] ?? ''
      const pads = [text.split('<|image_pad|>').length - 1, text.split('<|video_pad|>').length - 1]
      return [media[0]?.kind, media[0]?.grid, media[0]?.secondsPerGrid, pads]
    })
    expect(told).toEqual([
      ['video', [2, 2, 4], 2 / ((4 / 6) * 6), [0, 4]],
      ['image', [1, 6, 8], 1, [12, 0]],
      ['video', [2, 2, 4], 2 / 4, [0, 4]],
    ])
  })
})

describe('a record that points to another kind than it says is told so', () => {
  test.each([
    ['image', 'clip.mp4', 'a clip (h264, 6 frames)', '"video"'],
    ['image', 'frames', 'a folder', '"frame"'],
    ['video', 'picture.png', 'one picture (png, 112×84)', '"image"'],
    ['video', 'picture.jpg', 'one picture (jpeg, 112×84)', '"image"'],
    ['video', 'frames', 'a folder', '"frame"'],
    ['frame', 'clip.mp4', 'a clip (h264, 6 frames)', '"video"'],
    ['frame', 'picture.png', 'one picture (png, 112×84)', '"image"'],
  ] as const)('%s → %s', async (dataType, path, words, kind) => {
    const { _tag, cause, remedy } = await faultOf(item(dataType, path))
    expect(_tag).toBe('WrongKind')
    expect(cause).toContain(`record ${path} is of data type "${dataType}"`)
    expect(cause).toContain(words)
    expect(remedy).toContain(kind)
  })

  test.each(adapters)('by $name: a single picture is no clip of one frame', async ({ make }) => {
    for (const path of ['picture.png', 'picture.jpg']) {
      const [out] = await run(S.decode({ decoder: make(), root }), [item('video', path)])
      expect(out).toMatchObject(E.left({ fault: { _tag: 'WrongKind' } }))
    }
  })

  test('what is nothing at all keeps its own fault', async () => {
    expect((await faultOf(item('video', 'text.mp4')))._tag).toBe('NotAVideo')
    expect((await faultOf(item('image', 'text.png')))._tag).toBe('NotAnImage')
    expect((await faultOf(item('frame', 'text.png')))._tag).toBe('NotAFolder')
    for (const kind of ['video', 'image', 'frame'] as const)
      expect((await faultOf(item(kind, 'none')))._tag).toBe('NotFound')
    expect((await faultOf(item('frame', 'empty')))._tag).toBe('Empty')
    expect((await faultOf(item('frame', 'gap'))).cause).toContain('9.png is missing')
    expect((await faultOf(item('audio' as 'video', 'clip.mp4'))).cause).toContain('"audio"')
  })

  test('a video of one frame is a video', async () => {
    const [out] = await run(S.decode({ decoder, root }), [item('video', 'still.mp4')])
    expect(out).toMatchObject(E.right({ clip: { frameCount: 1 } }))
  })
})

describe('paths and links', () => {
  test.each([
    ['image', 'link.png'],
    ['frame', 'linked'],
    ['image', 'away/secret.png'],
    ['frame', 'away'],
    ['image', '../secret.png'],
  ] as const)('%s %s leads out of the root', async (kind, path) => {
    const fault = await faultOf(item(kind, path))
    expect(fault._tag).toBe('OutsideRoot')
    expect(fault.cause).toContain(path.includes('linked') ? '2.png' : path)
  })

  test('a data URL is refused for every kind, and not repeated', async () => {
    const url = `data:image/png;base64,${'iVBORw0KGgo'.repeat(200)}`
    for (const kind of ['video', 'image', 'frame'] as const) {
      const { record } = item(kind, url)
      const fault = await faultOf({ record: { ...record, id: '7' } })
      expect([fault._tag, fault.cause]).toEqual(['BadRecord', 'record 7: its path is a data URL of 2222 characters'])
    }
    const long = await faultOf(item('image', `../${'x'.repeat(4000)}`))
    expect(long.cause.replace(/^record \S+/, '').length).toBeLessThan(300)
  })

  test('links inside the root, and any where they are allowed, are followed', async () => {
    expect((await run(look(), [item('image', 'near.png')])).map(E.isRight)).toEqual([true])
    const followed = await run(look({ links: 'follow' }), [
      item('image', 'link.png'),
      item('frame', 'linked'),
      item('image', 'away/secret.png'),
    ])
    expect(followed.map(E.isRight)).toEqual([true, true, true])
  })

  test('an absolute path inside the root is inside', async () => {
    expect((await run(look(), [item('image', join(root, 'picture.png'))])).map(E.isRight)).toEqual([true])
    expect((await faultOf(item('image', join(outside, 'secret.png'))))._tag).toBe('OutsideRoot')
  })
})

test('lists of pictures and rates given by code are typed by the records of the stream', async () => {
  const record = { ...recordOf('shots', { dataType: 'frame', path: 'frames' }), shots: [3, 1], rate: 8 }
  const told: unknown[] = []
  const stream = items([{ record }, { record: { ...record, id: 'all', shots: [] } }]).pipe(
    S.decode({
      decoder,
      root,
      pictures: ({ shots, rate }) =>
        shots.length === 0 ? { fps: rate } : { list: shots.map(n => `frames/${n}.png`), fps: rate },
    }),
    S.sampleFrames({ decoder, spec }),
  )
  for await (const one of iterate(stream))
    if (E.isRight(one)) {
      const { frames, record: kept } = one.right
      told.push([kept.shots, [...frames.data].filter((_, i) => i % (width * height * 3) === 0), frames.times])
    }
  expect(told).toEqual([
    [
      [3, 1],
      [3, 1],
      [0, 1 / 8],
    ],
    [[], [1, 2, 3, 4], [0, 1 / 8, 2 / 8, 3 / 8]],
  ])
  const [escaped] = await run(S.decode({ decoder, root, pictures: () => ({ list: ['../x.png'] }) }), [{ record }])
  expect(escaped).toMatchObject(E.left({ fault: { _tag: 'OutsideRoot' } }))
})

test('a picture has no order, so that its control group is not sampled', async () => {
  const shuffled = (id: string, dataType: VideoRecord['dataType']) => ({
    record: recordOf(id, { dataType }),
    shuffledPrompt: { ids: Int32Array.from(id, c => c.charCodeAt(0)), media: [] },
  })
  const given = [shuffled('p', 'image'), shuffled('v', 'video'), shuffled('q', 'image'), shuffled('f', 'frame')]
  const { engine: asked, calls } = engineOf({ sampled: [[completionOf('v')], [completionOf('f')]] })
  const sampling = () => ({ count: 1, maxTokens: 1, temperature: 1, stop: [], seed: 0 })
  const [out] = await run(S.rolloutShuffled({ engine: asked, sampling }), [{ index: 0, items: given, failed: [] }])
  if (out === undefined || E.isLeft(out)) throw new Error('expected a batch')
  expect(out.right.items.map(({ shuffledGroup }) => shuffledGroup.length)).toEqual([0, 1, 0, 1])
  expect(calls).toMatchObject([{ with: { prompts: [given[1]?.shuffledPrompt, given[3]?.shuffledPrompt] } }])
  const [stills] = await run(S.rolloutShuffled({ engine: asked, sampling }), [
    { index: 1, items: given.slice(0, 1), failed: [] },
  ])
  expect([stills?._tag, calls.length]).toEqual(['Right', 1])
})

test('the temporal reward does not apply to a picture', async () => {
  const reward = S.temporal({
    read: () => ({ text: '', processes: {}, assignment: { owners: [], innerTokens: {} } }),
    accuracy: () => TE.left<StageError['fault'], number>({ _tag: 'Asked', cause: 'was asked', remedy: '' }),
  })
  const group = { record: recordOf('p', { dataType: 'image' }), rollouts: [], shuffledGroup: [] }
  const given = await reward({ item: group, accuracy: [1, 0, 1] }, new AbortController().signal)()
  expect(given).toEqual(E.right([null, null, null]))
})
