import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sample, uniform } from 'kinograd/media'
import * as c from 'node-av/constants'
import { afterAll, describe, expect, test } from 'vitest'
import { adapters, few, program } from './decoders.ts'
import { folder, left, right } from './scene.ts'
import { type StreamOptions, writeStreams } from './streams.ts'

const home = folder()
afterAll(() => rmSync(home, { recursive: true, force: true }))

const parts = [{ width: 160, height: 96, count: 4 }]
const ten = c.AV_PIX_FMT_YUV420P10LE
const hdr10 =
  'hdr10=1:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400'

/** Tags of one matrix and range: what differs between them must not change a pixel. */
const families = {
  'BT.2020 in ten bits': {
    codec: 'libx265',
    pixelFormat: ten,
    matrix: c.AVCOL_SPC_BT2020_NCL,
    name: 'bt2020nc',
    tags: [
      ['HLG', c.AVCOL_PRI_BT2020, c.AVCOL_TRC_ARIB_STD_B67, ['bt2020', 'arib-std-b67']],
      ['PQ', c.AVCOL_PRI_BT2020, c.AVCOL_TRC_SMPTE2084, ['bt2020', 'smpte2084']],
      ['PQ with a mastering display', c.AVCOL_PRI_BT2020, c.AVCOL_TRC_SMPTE2084, ['bt2020', 'smpte2084'], hdr10],
      ['BT.2020', c.AVCOL_PRI_BT2020, c.AVCOL_TRC_BT2020_10, ['bt2020', 'bt2020-10']],
    ],
  },
  'BT.709 in eight bits': {
    codec: 'libx264',
    pixelFormat: c.AV_PIX_FMT_YUV420P,
    matrix: c.AVCOL_SPC_BT709,
    name: 'bt709',
    tags: [
      ['BT.709', c.AVCOL_PRI_BT709, c.AVCOL_TRC_BT709, ['bt709', 'bt709']],
      ['Display P3', c.AVCOL_PRI_SMPTE432, c.AVCOL_TRC_IEC61966_2_1, ['smpte432', 'iec61966-2-1']],
      ['DCI P3', c.AVCOL_PRI_SMPTE431, c.AVCOL_TRC_SMPTE428, ['smpte431', 'smpte428']],
      ['linear light', c.AVCOL_PRI_FILM, c.AVCOL_TRC_LINEAR, ['film', 'linear']],
    ],
  },
  'BT.601 in full range': {
    codec: 'libx264',
    pixelFormat: c.AV_PIX_FMT_YUVJ420P,
    matrix: c.AVCOL_SPC_SMPTE170M,
    name: 'smpte170m',
    tags: [
      ['NTSC', c.AVCOL_PRI_SMPTE170M, c.AVCOL_TRC_SMPTE170M, ['smpte170m', 'smpte170m']],
      ['PAL', c.AVCOL_PRI_BT470BG, c.AVCOL_TRC_GAMMA28, ['bt470bg', 'bt470bg']],
    ],
  },
} as const

const mean = (rgb: Uint8Array, channel: number): number =>
  rgb.reduce((sum, value, i) => (i % 3 === channel ? sum + value : sum), 0) / (rgb.length / 3)

describe.each(adapters)('colour tags: $name', ({ name: decoderName, make }) => {
  const decoder = make()
  const framesOf = async (path: string) => {
    const clip = right(await decoder.probe(path)())
    return { clip, frames: right(await sample(decoder, clip, uniform(4))()) }
  }

  describe.each(Object.entries(families))('%s', (_, { codec, pixelFormat, matrix, name, tags }) => {
    const range = pixelFormat === c.AV_PIX_FMT_YUVJ420P ? c.AVCOL_RANGE_JPEG : c.AVCOL_RANGE_MPEG
    const plain: StreamOptions = { parts, codec, pixelFormat, colour: { matrix, range } }

    const cases = few(decoderName, tags as readonly (typeof tags)[number][])
    test.each(cases.map(tag => ({ tag })))(
      '$tag.0: the pixels of the clip without them, and named',
      async ({ tag }) => {
        const [word, primaries, transfer, names, params] = tag
        const untagged = await framesOf(writeStreams(join(home, `${name} plain.mp4`), [plain]))
        const path = join(home, `${name} ${word}.mp4`)
        const colour = { matrix, range, primaries, transfer }
        const tagged = await framesOf(
          writeStreams(path, [{ ...plain, colour, ...(params === undefined ? {} : { params }) }]),
        )
        expect(tagged.clip).toMatchObject({
          primaries: names[0],
          transfer: names[1],
          matrix: name,
          range: range === c.AVCOL_RANGE_JPEG ? 'pc' : 'tv',
        })
        expect(untagged.clip.primaries).toBeUndefined()
        // The mastering display changes what x265 writes by a little.
        if (params === undefined)
          expect(Buffer.compare(tagged.frames.data, untagged.frames.data), 'bytes of the frames').toBe(0)
        for (const channel of [0, 1, 2])
          expect(mean(tagged.frames.data, channel)).toBeCloseTo(mean(untagged.frames.data, channel), 0)
      },
    )
  })

  test.each(['libx264', 'libx265'] as const)(
    '%s: the stream is believed, not a box that contradicts it',
    async codec => {
      const colour = {
        primaries: c.AVCOL_PRI_BT709,
        transfer: c.AVCOL_TRC_BT709,
        matrix: c.AVCOL_SPC_BT709,
        range: c.AVCOL_RANGE_MPEG,
      }
      const path = writeStreams(join(home, `${codec} told.mp4`), [{ parts, codec, colour }])
      const told = await framesOf(path)
      const bytes = readFileSync(path)
      // The colr box: primaries, transfer and matrix of HLG, full range.
      bytes.set([0, 9, 0, 18, 0, 9, 128], bytes.indexOf('nclx') + 4)
      const against = join(home, `${codec} against.mp4`)
      writeFileSync(against, bytes)
      const { clip, frames } = await framesOf(against)
      expect(clip).toEqual({ ...told.clip, path: against })
      expect(clip).toMatchObject({ primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', range: 'tv' })
      expect(Buffer.compare(frames.data, told.frames.data)).toBe(0)
    },
  )

  test('the example from the field comes out as torchcodec and PyAV give it', async context => {
    const path = '../shared/cases/media/col_hlg.mp4'
    const probed = await decoder.probe(path)()
    if (probed._tag === 'Left') return context.skip('../shared/cases is absent')
    const { data } = right(await decoder.frames(probed.right, [0])())
    for (const [channel, expected] of [77.5, 60.1, 55.5].entries())
      expect(Math.abs(mean(data, channel) - expected)).toBeLessThan(0.5)
    expect(data[3 * (80 * 160 + 80)]).toBe(88)
  })

  const unknown = [
    ['ictcp', c.AVCOL_SPC_ICTCP],
    ['ycgco', c.AVCOL_SPC_YCGCO],
    ['bt2020c', c.AVCOL_SPC_BT2020_CL],
    ['chroma-derived-nc', c.AVCOL_SPC_CHROMA_DERIVED_NCL],
    ['gbr', c.AVCOL_SPC_RGB],
  ] as const
  test.each(few(decoderName, unknown))(
    'the matrix %s, for which nothing is known to convert by, is refused by name',
    async (name, matrix) => {
      const path = writeStreams(join(home, `${name}.mp4`), [{ parts, colour: { matrix } }])
      const fault = left(await decoder.probe(path)())
      expect(fault._tag).toBe('Undecodable')
      expect(fault.cause).toContain(name)
    },
  )

  test.skipIf(program === undefined)('every matrix is converted as the ffmpeg program does', async () => {
    for (const matrix of [c.AVCOL_SPC_BT709, c.AVCOL_SPC_FCC, c.AVCOL_SPC_SMPTE240M, c.AVCOL_SPC_BT2020_NCL]) {
      const colour = { matrix, primaries: c.AVCOL_PRI_BT2020, transfer: c.AVCOL_TRC_SMPTE2084 }
      const path = writeStreams(join(home, 'matrix.mp4'), [{ parts, colour }])
      const { frames } = await framesOf(path)
      const raw = execFileSync(
        program as string,
        ['-v', 'error', '-i', path, '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'],
        { timeout: 60_000 },
      )
      expect(Buffer.compare(frames.data, raw)).toBe(0)
    }
  })
})
