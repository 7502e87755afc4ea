import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUVJ420P } from 'node-av/constants'
import { afterAll, describe, expect, test } from 'vitest'
import { adapters, few } from './decoders.ts'
import { folder, left, right } from './scene.ts'
import { writeStreams } from './streams.ts'

const home = folder()
afterAll(() => rmSync(home, { recursive: true, force: true }))

const key = '76a6c65c5ea762046bd749a2e632ccbb'
const encryption = { encryption_scheme: 'cenc-aes-ctr', encryption_key: key, encryption_kid: key }
const part = { width: 160, height: 96, count: 6 }

describe.each(adapters)('refused before a picture is decoded: $name', ({ name: decoderName, make }) => {
  const encrypted = [
    ['H.264 in MP4', 'libx264', 'mp4'],
    ['HEVC in MP4', 'libx265', 'mp4'],
    ['H.264 in MOV', 'libx264', 'mov'],
  ] as const
  test.each(few(decoderName, encrypted))('an encrypted track: %s', async (name, codec, end) => {
    const path = join(home, `${name}.${end}`)
    const fault = left(await make().probe(writeStreams(path, [{ parts: [part], codec }], 'mp4', encryption))())
    expect(fault._tag).toBe('Undecodable')
    expect(fault.cause).toContain('encrypted')
  })

  const large = [
    ['H.264 in MPEG-TS', 'large.ts', { codec: 'libx264' }],
    ['H.264, cropped, 4:4:4', 'cropped.ts', { codec: 'libx264', pixelFormat: AV_PIX_FMT_YUV444P }],
    ['H.264, 4:2:2', 'wide.ts', { codec: 'libx264', pixelFormat: AV_PIX_FMT_YUV422P }],
    ['HEVC in MPEG-TS', 'hevc.ts', { codec: 'libx265' }],
    ['H.264 without a container', 'large.h264', { codec: 'libx264' }],
    ['HEVC without a container', 'large.hevc', { codec: 'libx265' }],
    ['H.264 in FLV', 'large.flv', { codec: 'libx264' }],
    ['H.264 in Matroska', 'large.mkv', { codec: 'libx264' }],
    ['Motion JPEG', 'large.mjpeg', { codec: 'mjpeg', pixelFormat: AV_PIX_FMT_YUVJ420P }],
  ] as const
  test.each(few(decoderName, large))('pictures larger than allowed: %s', async (_, name, how) => {
    const parts = [{ width: 150, height: 90, count: 3 }]
    const path = writeStreams(join(home, name), [{ ...how, parts }])
    const fault = left(await make({ limits: { pixels: 150 * 90 - 1 } }).probe(path)())
    expect(fault._tag).toBe('TooLarge')
    expect(fault.cause).toContain(`150×90 = ${150 * 90} pixels, the limit is ${150 * 90 - 1}`)
    expect(right(await make({ limits: { pixels: 150 * 90 } }).probe(path)()).width).toBe(150)
  })

  test('12288×8192 in MPEG-TS, of which there is only the announcement', async () => {
    const path = writeStreams(join(home, 'announced.ts'), [{ parts: [part], params: 'repeat-headers=1' }])
    announcing(path)
    const before = process.resourceUsage().maxRSS
    const fault = left(await make().probe(path)())
    expect(fault._tag).toBe('TooLarge')
    expect(fault.cause).toContain('12288×8192 = 100663296')
    // One such picture takes 150 MB.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(64 * 1024)
  })
})

/** Bits of an unsigned Exp-Golomb number. */
const ue = (value: number): string => (value + 1).toString(2).padStart(2 * (value + 1).toString(2).length - 1, '0')

/** Writes parameter sets of 12288×8192 (baseline profile, level 6.2) over those of a stream. */
const announcing = (path: string): void => {
  const bytes = Buffer.from(readFileSync(path))
  const bits = `${ue(0)}${ue(0)}${ue(2)}${ue(1)}0${ue(767)}${ue(511)}11001`
  const payload = [66, 0xc0, 62, ...(bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g) ?? [])]
  const set = Buffer.from(payload.map(byte => (typeof byte === 'number' ? byte : Number.parseInt(byte, 2))))
  const start = Buffer.from([0, 0, 1, 0x67])
  for (let place = bytes.indexOf(start); place >= 0; place = bytes.indexOf(start, place + 4)) set.copy(bytes, place + 4)
  writeFileSync(path, bytes)
}
