import { readFileSync } from 'node:fs'
import { either as E } from 'fp-ts'
import {
  type ChatPart,
  type Medium,
  type Prompt,
  qwenChatPrompt,
  qwenPrompt,
  type Tokenizer,
  tokenizerOf,
} from 'kinograd/engine'
import { selectBackend, tinyPolicy } from 'kinograd/engine/tfjs'
import {
  type Frames,
  patches,
  perFrameMax,
  qwenMean,
  resize,
  secondsPerGrid,
  smartResize,
  videoR1Bounds,
  videoR1ImageBounds,
} from 'kinograd/media'
import { describe, expect } from 'vitest'
import { fc, test } from '../../property.ts'
import { goldenCases, ints, readGolden, right } from '../golden.ts'
import { clipOf, drawn } from './pictures.ts'

if (goldenCases.length === 0) console.warn('the goldens of ../shared are absent: prompts are not compared with them')

right(await selectBackend({ backend: 'cpu' })())
const { tokenizer, engine, pixels } = tinyPolicy({ texts: ['What moves?'] })
engine.dispose()
const anySize = { image: { minPixels: 0, maxPixels: 1e7 }, video: { minPixels: 0, maxPixels: 1e7 } }

interface Row {
  readonly grid: readonly number[]
  readonly numbers: number
  readonly mean: number
  readonly every997th: readonly number[]
}
interface Case {
  readonly name: string
  readonly parts: readonly (string | { readonly kind: 'image' | 'video' })[]
  readonly images: readonly (readonly number[])[]
  readonly videos: readonly (readonly number[])[]
  readonly fps: number | null
  readonly ids: readonly number[]
  readonly rows: Readonly<Partial<Record<'image' | 'video', readonly Row[]>>>
  readonly secondsPerGrid: readonly number[]
}
const { cases }: { cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL('processor.json', import.meta.url), 'utf8'),
)

/** The parts of a case with its pictures, which are drawn again. */
const partsOf = ({ parts, images, videos, fps }: Case): readonly ChatPart[] => {
  const [pictures, clips] = [[...images], [...videos]]
  return parts.map(part => {
    if (typeof part === 'string') return part
    if (part.kind === 'image') {
      const [seed = 0, height = 0, width = 0] = pictures.shift() ?? []
      return { kind: 'image', frames: drawn(seed, 1, height, width) }
    }
    const [seed = 0, count = 0, height = 0, width = 0] = clips.shift() ?? []
    return { kind: 'video', frames: drawn(seed, count, height, width), clip: clipOf(count, fps ?? 0) }
  })
}

describe('the processor of transformers gives the same', () => {
  test.each(cases)('$name', given => {
    const make = qwenPrompt({
      tokenizer,
      question: (item: { frames: Frames; case: Case }) => partsOf(item.case),
      pixels,
    })
    const { ids, media } = right(make({ frames: drawn(0, 1, 28, 28), case: given }))
    expect([...ids]).toEqual(given.ids)
    for (const kind of ['image', 'video'] as const) {
      const ours = media.filter(medium => medium.kind === kind)
      const theirs = given.rows[kind] ?? []
      expect(ours.map(({ grid, values }) => [grid, values.length])).toEqual(theirs.map(row => [row.grid, row.numbers]))
      for (const [i, { values }] of ours.entries()) {
        const row = theirs[i]!
        // PIL rounds between rows and columns, torchvision does not: a pixel is off by one now and then, 0.015 here.
        expect(values.reduce((a, b) => a + b, 0) / values.length).toBeCloseTo(row.mean, 3)
        for (const [n, value] of row.every997th.entries())
          expect(Math.abs((values[997 * n] ?? Number.NaN) - value)).toBeLessThan(0.016)
      }
    }
    expect(media.filter(({ kind }) => kind === 'video').map(m => m.secondsPerGrid)).toEqual(given.secondsPerGrid)
  })
})

/** A vocabulary in which `w5` is token 5, and a template that adds nothing: prompts of the goldens as they stand. */
const wordsOf = (size: number): Tokenizer => {
  const special = ['<|vision_start|>', '<|vision_end|>', '<|image_pad|>', '<|video_pad|>', '<|im_start|>', '<|im_end|>']
  const tokens = Array.from({ length: size + 2 }, (_, id) => (id < size - 4 ? `w${id}` : special[id - size + 4]!))
  return right(
    tokenizerOf({
      tokenizer: {
        version: '1.0',
        added_tokens: tokens.slice(size - 4).map((content, i) => ({
          ...{ id: size - 4 + i, content, special: true },
          ...{ single_word: false, lstrip: false, rstrip: false, normalized: false },
        })),
        normalizer: null,
        pre_tokenizer: { type: 'WhitespaceSplit' },
        post_processor: null,
        decoder: null,
        model: {
          type: 'WordLevel',
          vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
          unk_token: '<unk>',
        },
      },
      config: { eos_token: '<|im_end|>' },
      template: `{%- for message in messages -%}{%- for part in message.content -%}
{%- if part.type == 'text' -%}{{ part.text }}{%- else -%}<|vision_start|><|{{ part.type }}_pad|><|vision_end|>{%- endif -%}
{%- endfor -%}{%- endfor -%}`,
    }),
  )
}

describe.skipIf(goldenCases.length === 0)('ids and patches of the golden cases', () => {
  test.each(goldenCases)('%s', async directory => {
    const { config, tensors, secondsPerGrid: seconds } = await readGolden(directory)
    const frames = (name: string): Frames | undefined => {
      const tensor = tensors.get(name)
      if (!(tensor?.data instanceof Uint8Array)) return undefined
      const [count, height, width] = name === 'image' ? [1, ...tensor.shape] : tensor.shape
      return { data: tensor.data, count: count!, height: height!, width: width!, times: [] }
    }
    const [picture, film] = [frames('image'), frames('frames')!]
    const ids = ints(tensors, 'prompt_ids')
    const words = (from: number, to?: number) => [...ids.subarray(from, to)].map(id => `w${id}`).join(' ')
    const start = ids.lastIndexOf(config.tokens.visionStart)
    const end = ids.lastIndexOf(config.tokens.visionEnd)
    const rate = 2 / seconds
    const make = qwenPrompt({
      tokenizer: wordsOf(config.text.vocabSize),
      question: ({ frames, clip }: { frames: Frames; clip: ReturnType<typeof clipOf> }): readonly ChatPart[] => [
        ...(picture === undefined ? [] : ['w9', { kind: 'image', frames: picture } as const]),
        words(start - 3, start),
        { kind: 'video', frames, clip },
        words(end + 1),
      ],
      pixels: anySize,
      vision: config.vision,
    })
    const made = right(make({ frames: film, clip: clipOf(film.count, rate) }))
    expect(made.ids).toEqual(ids)
    const clip = made.media.at(-1)
    expect(clip?.values).toEqual(tensors.get('pixel_values_videos')?.data)
    expect(clip?.secondsPerGrid).toBeCloseTo(seconds, 12)
    if (picture !== undefined) expect(made.media[0]?.values).toEqual(tensors.get('pixel_values')?.data)
  })
})

describe('sizes', () => {
  test.prop([fc.integer({ min: 30, max: 400 }), fc.integer({ min: 30, max: 400 }), fc.integer({ min: 1, max: 3 })], {
    numRuns: 8,
  })("are Video-R1's where no others are given", (height, width, count) => {
    const frames = drawn(1, count, height, width)
    const clip = clipOf(count, 3)
    const check = (
      made: E.Either<unknown, Prompt>,
      bounds: typeof videoR1Bounds,
      kind: 'image' | 'video',
      seconds: number,
    ) => {
      const [h, w] = right(smartResize(height, width, bounds))
      const { values, ...rest } = right(patches(right(resize(frames, h, w)), { secondsPerGrid: seconds, kind }))
      const { values: ours, ...others } = right(made).media[0]!
      expect(others).toEqual(rest)
      expect(Buffer.from(ours.buffer).equals(Buffer.from(values.buffer))).toBe(true)
    }
    const film = qwenPrompt({ tokenizer, question: (_: { frames: Frames; clip: typeof clip }) => 'q' })
    check(film({ frames, clip }), videoR1Bounds, 'video', secondsPerGrid(clip, count))
    const picture = qwenPrompt({ tokenizer, question: (_: { frames: Frames }) => 'q' })
    if (count === 1) check(picture({ frames }), videoR1ImageBounds, 'image', 1)
  })

  test('of another model: patches of 16, three frames each, merged by three', () => {
    const vision = { patchSize: 16, temporalPatchSize: 3, mergeSize: 3 }
    const make = qwenPrompt({ tokenizer, question: (_: { frames: Frames; clip: typeof clip }) => 'q', vision })
    const clip = clipOf(5, 2)
    const { ids, media } = right(make({ frames: drawn(1, 5, 90, 200), clip }))
    const [t, h, w] = media[0]!.grid
    expect([t, h % 3, w % 3]).toEqual([2, 0, 0])
    expect(media[0]?.values.length).toBe(t * h * w * 3 * 3 * 16 * 16)
    expect(media[0]?.secondsPerGrid).toBe(1.5)
    expect(ids.filter(id => id === tokenizer.ids.video)).toHaveLength((t * h * w) / 9)
  })

  test('totalPixels are shared out among frames as perFrameMax says', () => {
    const video = { minPixels: 784, maxPixels: 100 * 784, totalPixels: 60 * 784 }
    const make = qwenPrompt({ tokenizer, question: (_: { frames: Frames }) => 'q', pixels: { video }, timing: 'times' })
    const frames = drawn(1, 6, 300, 300)
    const maxPixels = perFrameMax(6, 784, video.maxPixels, video.totalPixels)
    const [h, w] = right(smartResize(300, 300, { factor: 28, minPixels: 784, maxPixels }))
    expect(right(make({ frames, record: { dataType: 'frame' } } as never)).media[0]?.grid).toEqual([3, h / 14, w / 14])
  })

  test('mean and std are those given', () => {
    const frames = drawn(1, 1, 56, 56)
    const ask = (more: object) =>
      right(qwenPrompt({ tokenizer, question: (_: { frames: Frames }) => 'q', pixels: anySize, ...more })({ frames }))
    const mean = [0.5, 0.5, 0.5] as const
    expect(ask({ mean, std: [1, 1, 1] }).media[0]?.values[0]).toBeCloseTo(frames.data[0]! / 255 - 0.5, 6)
    expect(ask({ std: [1, 1, 1] }).media[0]?.values[0]).toBeCloseTo(frames.data[0]! / 255 - qwenMean[0], 6)
  })
})

describe('seconds between temporal patches', () => {
  const frames = { ...drawn(1, 4, 56, 56), times: [3, 3.5, 4, 4.5] }
  const secondsOf = (medium: Medium, timing?: 'clip' | 'times') => {
    const chat = qwenChatPrompt({ tokenizer, pixels, ...(timing === undefined ? {} : { timing }) })
    return right(chat([{ role: 'user', content: [medium] }])).media[0]?.secondsPerGrid
  }
  test('follow the sampled rate of a clip, the times of a part of one, or what is stated', () => {
    const clip = clipOf(4, 0.4)
    expect(secondsOf({ kind: 'video', frames, clip })).toBeCloseTo(5, 12)
    expect(secondsOf({ kind: 'video', frames, clip }, 'times')).toBeCloseTo(1, 12)
    expect(secondsOf({ kind: 'video', frames })).toBeCloseTo(1, 12)
    expect(secondsOf({ kind: 'video', frames, clip, secondsPerGrid: 7 })).toBe(7)
    expect(secondsOf({ kind: 'image', frames: drawn(1, 1, 56, 56) })).toBe(1)
  })
})

describe('the turn', () => {
  const frames = drawn(1, 2, 56, 56)
  const item = { frames, clip: clipOf(2, 2), record: { dataType: 'video' } }
  const text = (more: object) =>
    tokenizer.decode(right(qwenPrompt({ tokenizer, question: (_: typeof item) => 'Who?', pixels, ...more })(item)).ids)
  test('has the system message that is given', () => {
    expect(text({ system: 'Be short.' })).toMatch(/^<\|im_start\|>system\nBe short\.<\|im_end\|>\n<\|im_start\|>user\n/)
    expect(text({})).toContain('You are a helpful assistant.')
  })
  test('ends where the assistant speaks, or before', () => {
    expect(text({}).endsWith('Who?<|im_end|>\n<|im_start|>assistant\n')).toBe(true)
    expect(text({ generate: false }).endsWith('Who?<|im_end|>\n')).toBe(true)
  })
  test('takes earlier turns and patches that were cut before', () => {
    const chat = qwenChatPrompt({ tokenizer, pixels })
    const medium = { kind: 'video', frames, clip: clipOf(2, 2) } as const
    const [seen] = right(chat([{ role: 'user', content: [medium] }])).media
    const turns = (part: ChatPart) =>
      [
        { role: 'user', content: ['Look: ', part] },
        { role: 'assistant', content: 'A ball.' },
        { role: 'user', content: 'Which?' },
      ] as const
    expect(right(chat(turns(medium)))).toEqual(right(chat(turns(seen!))))
  })
})

describe('what is kept of clips', () => {
  const frames = drawn(1, 2, 56, 56)
  const asking = (keep?: { clips: number; bytes?: number }) => {
    const make = qwenPrompt({
      tokenizer,
      question: (_: { frames: Frames; clip: ReturnType<typeof clipOf> }) => 'q',
      pixels: anySize,
      ...(keep === undefined ? {} : { keep }),
    })
    return (path: string, of = frames) => right(make({ frames: of, clip: clipOf(2, 2, { path }) })).media[0]!
  }
  test('is shared among questions, by clip and frames', () => {
    const of = asking({ clips: 2 })
    const first = of('a')
    expect(of('a')).toBe(first)
    expect(of('b')).not.toBe(first)
    expect(of('a', { ...frames, times: [1, 2] })).not.toBe(first)
    expect(asking()('a')).toEqual(first)
  })
  test('is not given for the same clip in another order at the same times', () => {
    const of = asking({ clips: 2 })
    const size = frames.data.length / 2
    const turned = Uint8Array.of(...frames.data.subarray(size), ...frames.data.subarray(0, size))
    const [inOrder, outOfOrder] = [of('a'), of('a', { ...frames, data: turned })]
    expect(outOfOrder).not.toEqual(inOrder)
    expect(outOfOrder).toEqual(asking()('a', { ...frames, data: turned }))
  })
  test('is bounded in clips, the first goes first', () => {
    const of = asking({ clips: 2 })
    const [a, b] = [of('a'), of('b')]
    of('c')
    expect(of('b')).toBe(b)
    expect(of('a')).not.toBe(a)
  })
  test('is bounded in bytes', () => {
    const size = asking()('a').values.byteLength
    const of = asking({ clips: 10, bytes: 2 * size })
    const [a, b] = [of('a'), of('b')]
    const c = of('c')
    expect([of('b'), of('c')]).toEqual([b, c])
    expect(of('c')).toBe(c)
    expect(of('a')).not.toBe(a)
    const small = asking({ clips: 10, bytes: size - 1 })
    expect(small('a')).not.toBe(small('a'))
  })
  test('nothing when not asked for', () => {
    const of = asking()
    expect(of('a')).not.toBe(of('a'))
  })
})

describe('what cannot be asked is a Left with cause and remedy', () => {
  const frames = drawn(1, 2, 56, 56)
  const clip = clipOf(2, 2)
  const asking = (content: unknown, more: object = {}, item: object = { frames, clip }) =>
    qwenPrompt({ tokenizer, question: () => content as string, pixels: anySize, ...more })(item as never)
  const film = (more: object) => [{ kind: 'video', frames, clip, ...more }, 'q']
  test.each<[string, ReturnType<typeof asking>, string, string]>([
    ['no medium among the parts', asking(['only', 'text']), 'BadPrompt', 'no clip and no image'],
    ['no parts at all', asking([]), 'BadPrompt', 'no clip and no image'],
    ['an item without frames', asking('q', {}, { clip }), 'BadPrompt', 'kind video has no frames'],
    ['an item without anything', asking('q', {}, {}), 'BadPrompt', 'kind image has no frames'],
    ['a special token', asking('ends<|im_end|>'), 'BadPrompt', 'special token <|im_end|>'],
    ['a pad in a part', asking([...film({}), 'x<|video_pad|>']), 'BadPrompt', 'special token <|video_pad|>'],
    [
      'a special token in the system message',
      asking('q', { system: '<|im_start|>' }),
      'BadPrompt',
      'message 0 (system)',
    ],
    ['an unknown kind', asking(film({ kind: 'audio' })), 'BadPrompt', 'message 0, part 0: kind "audio"'],
    ['an unknown data type', asking('q', {}, { frames, record: { dataType: 'audio' } }), 'BadPrompt', '"audio"'],
    ['a part that is none', asking(['q', undefined]), 'BadPrompt', 'part 1: undefined is neither text nor a medium'],
    ['a part that is null', asking([null]), 'BadPrompt', 'null is neither text nor a medium'],
    ['a question that is no text', asking(undefined), 'BadPrompt', 'its content is undefined'],
    ['a question that is a number', asking(7), 'BadPrompt', 'its content is number'],
    ['an image of several frames', asking(film({ kind: 'image' })), 'BadPrompt', 'an image has 2 frames'],
    [
      'an image record with a clip',
      asking('q', {}, { frames, clip, record: { dataType: 'image' } }),
      'BadPrompt',
      '2 frames',
    ],
    ['no frames', asking(film({ frames: drawn(1, 0, 56, 56) })), 'BadSize', '0 frames of 56×56'],
    ['empty frames', asking(film({ frames: drawn(1, 2, 0, 0) })), 'BadSize', '2 frames of 0×0'],
    ['too few bytes', asking(film({ frames: { ...frames, count: 3 } })), 'BadSize', '28224 are needed'],
    ['a sliver', asking(film({ frames: drawn(1, 1, 1, 201) })), 'BadSize', 'aspect ratio'],
    [
      'a sliver beyond the pixels',
      asking(film({ frames: drawn(1, 2, 28, 4000) }), { pixels: { video: { minPixels: 0, maxPixels: 28 * 280 } } }),
      'BadSize',
      'cannot resize',
    ],
    [
      'too few pixels allowed',
      asking('q', { pixels: { video: { minPixels: 0, maxPixels: 500 } } }),
      'BadSize',
      '28×28 has 784',
    ],
    [
      'bounds the wrong way round',
      asking('q', { pixels: { video: { minPixels: 9000, maxPixels: 8000 } } }),
      'BadSize',
      'at least 9000 and at most 8000',
    ],
    [
      'bounds that are no numbers',
      asking('q', { pixels: { video: { minPixels: Number.NaN, maxPixels: 8000 } } }),
      'BadSize',
      'NaN',
    ],
    [
      'a factor that does not fit',
      asking('q', { pixels: { video: { factor: 42, minPixels: 0, maxPixels: 9e4 } } }),
      'BadSize',
      'factor is 42, no multiple of 28',
    ],
    [
      'too many pixels',
      asking('q', { pixels: { video: { minPixels: 3e9, maxPixels: 4e9 } } }),
      'TooLarge',
      'the limit is 4294967296',
    ],
    ['too many tokens', asking('q', { maxTokens: 10 }), 'TooLong', 'the limit is 10'],
    ['a clip without a rate', asking(film({ clip: { ...clip, fps: 0 } })), 'BadSize', 'Infinity seconds apart'],
    [
      'times that stand still',
      asking(film({ clip: undefined, frames: { ...frames, times: [1, 1] } })),
      'BadSize',
      '0 seconds apart',
    ],
    [
      'one frame without a clip',
      asking(film({ clip: undefined, frames: drawn(1, 1, 56, 56) })),
      'BadSize',
      'NaN seconds apart',
    ],
    [
      'a template without media',
      asking('q', { tokenizer: { ...tokenizer, template: 'x' } }),
      'BadPrompt',
      '0 pad tokens for 1 media',
    ],
  ])('%s', (_, made, tag, cause) => {
    expect(made).toMatchObject(E.left({ _tag: tag, cause: expect.stringContaining(cause) }))
    if (E.isLeft(made)) expect(made.left.remedy).toMatch(/\.$|\?$/)
  })
})
