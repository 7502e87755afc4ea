import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ffmpeg, nodeAv, sample, uniform } from 'kinograd/media'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { fc, test } from '../property.ts'
import { adapters, few, long } from './decoders.ts'
import { folder, left, render, right } from './scene.ts'

const home = folder()
const good = join(home, 'good.mp4')
let bytes: Buffer
const runs = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)

/** Half a second of silence as WAV. */
const wav = (): Buffer => {
  const data = Buffer.alloc(8000)
  const head = Buffer.alloc(44)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(36 + data.length, 4)
  head.write('WAVEfmt ', 8, 'latin1')
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(8000, 24)
  head.writeUInt32LE(16000, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36, 'latin1')
  head.writeUInt32LE(data.length, 40)
  return Buffer.concat([head, data])
}

const file = (name: string, content: string | Buffer): string => {
  const path = join(home, name)
  writeFileSync(path, content)
  return path
}

beforeAll(async () => {
  await render(good, 30, { width: 96, height: 64, fps: 10, bFrames: 2 })
  bytes = readFileSync(good)
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** A JPEG of 100 megapixels. */
const hugePicture = sharp({ create: { width: 10_000, height: 10_000, channels: 3, background: 'black' } })
  .jpeg({ quality: 10 })
  .toBuffer()

describe.each(adapters)('bad input: $name', ({ name, make }) => {
  const decoder = make({ limits: { milliseconds: 20_000 } })
  const probe = async (path: string) => left(await decoder.probe(path)())

  test('a missing file', async () => {
    const path = join(home, 'missing.mp4')
    const fault = await probe(path)
    expect(fault._tag).toBe('NotFound')
    expect(fault.cause).toContain(path)
  })

  test('an empty file, a folder, a device', async () => {
    expect((await probe(file('empty.mp4', '')))._tag).toBe('Empty')
    expect((await probe(home))._tag).toBe('NotAFile')
    expect((await probe('/dev/zero'))._tag).toBe('NotAFile')
    expect((await probe(''))._tag).toBe('NotFound')
    expect((await probe('a\0b'))._tag).toBe('NotFound')
  })

  test('sound alone', async () => {
    const fault = await probe(file('sound.wav', wav()))
    expect(fault._tag).toBe('NoVideoStream')
    expect(fault.cause).toContain('sound.wav')
  })

  test('text, noise, and a picture', async () => {
    expect((await probe(file('text.mp4', 'no video at all\n'.repeat(100))))._tag).toBe('NotAVideo')
    expect(
      (await probe(file('noise.mkv', Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919) & 255)))))._tag,
    ).toBe('NotAVideo')
  })

  test('a file cut short says how long it should be', async () => {
    const fault = await probe(file('cut.mp4', bytes.subarray(0, Math.floor(bytes.length / 2))))
    expect(fault._tag).toBe('Truncated')
    expect(fault.cause).toContain(String(Math.floor(bytes.length / 2)))
  })

  test('no frames', async () => {
    expect((await probe(file('none.y4m', 'YUV4MPEG2 W64 H64 F25:1 C420jpeg\n')))._tag).toBe('NotAVideo')
  })

  test('pictures of 100 megapixels are refused before any is decoded', async () => {
    const fault = await probe(file('huge.y4m', 'YUV4MPEG2 W10000 H10000 F25:1 C420jpeg\nFRAME\n'))
    expect(fault._tag).toBe('TooLarge')
    expect(fault.cause).toContain('huge.y4m')
    expect(fault.cause).toContain('100000000')
  })

  test('pictures of 100 megapixels whose size only the pictures tell', async () => {
    const picture = await hugePicture
    const fault = await probe(file('huge.mjpeg', Buffer.concat([picture, picture])))
    expect(fault._tag).toBe('TooLarge')
    expect(fault.cause).toContain('100000000')
  })

  test('limits on pixels, frames, duration, bytes of the file and of the answer', async () => {
    const limited = async (limits: object) => left(await make({ limits }).probe(good)())._tag
    expect(await limited({ pixels: 96 * 64 - 1 })).toBe('TooLarge')
    expect(await limited({ frames: 29 })).toBe('TooLarge')
    expect(await limited({ durationSeconds: 1 })).toBe('TooLarge')
    expect(await limited({ fileBytes: 100 })).toBe('TooLarge')
    const tight = make({ limits: { bytes: 96 * 64 * 3 * 15 } })
    const clip = right(await tight.probe(good)())
    expect(left(await sample(tight, clip, uniform(16))())._tag).toBe('TooLarge')
    expect(left(await make({ limits: { milliseconds: -1 } }).probe(good)())._tag).toBe('TooSlow')
  })

  const names = ['-i', '-y.mp4', 'concat:a|b', 'http:x', 'pipe:0', 'file:x', '%d.mp4', "it's; rm -rf.mp4", '$(id).mp4']
  test.each(few(name, names))('a file named %s is a file', async odd => {
    const inner = mkdtempSync(join(tmpdir(), 'kinograd-odd-'))
    const path = join(inner, odd)
    writeFileSync(path, bytes)
    expect(right(await decoder.probe(path)()).frameCount).toBe(30)
    const before = process.cwd()
    process.chdir(inner)
    try {
      expect(right(await make().probe(odd)()).frameCount).toBe(30)
    } finally {
      process.chdir(before)
      rmSync(inner, { recursive: true })
    }
  })

  test('addresses and pipes are no files', async () => {
    for (const path of ['http://127.0.0.1:9/x.mp4', 'pipe:0', `concat:${good}|${good}`, `file:${good}`, 'rtsp://h/x'])
      expect((await probe(path))._tag).toBe('NotFound')
  })

  test('playlists cannot name other files', async () => {
    const lists = [
      file('list.m3u8', `#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n${good}\n#EXT-X-ENDLIST\n`),
      file('list.mp4', `#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nfile://${good}\n#EXT-X-ENDLIST\n`),
      file('list.ffconcat', `ffconcat version 1.0\nfile '${good}'\n`),
      file('list.sdp', 'v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n'),
      file(
        'list.mpd',
        `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1"><BaseURL>${good}</BaseURL></Representation></AdaptationSet></Period></MPD>`,
      ),
    ]
    for (const list of lists) expect((await probe(list))._tag, list).toBe('NotAVideo')
  })

  test.prop([fc.array(fc.tuple(fc.nat(1_000_000), fc.nat(255)), { minLength: 1, maxLength: 30 }), fc.nat(1_000_000)], {
    numRuns: name === 'ffmpeg' && !long ? 2 : runs,
  })('bytes overwritten at random never crash: a fault that names the file, or frames', async (spots, seed) => {
    const broken = Buffer.from(bytes)
    for (const [at, value] of spots) broken[at % broken.length] = value
    const path = file(`broken ${seed}.mp4`, broken)
    const probed = await decoder.probe(path)()
    if (probed._tag === 'Left') expect(probed.left.cause).toContain(path)
    else {
      const frames = await decoder.frames(probed.right, [0, probed.right.frameCount - 1])()
      if (frames._tag === 'Left') expect(frames.left.cause).toContain(path)
      else expect(frames.right.count).toBe(2)
    }
    rmSync(path)
  })
})

describe('a broken movie header', () => {
  // Larger than what is walked through packet by packet, so that the sample tables are read.
  const padded = () => {
    const free = Buffer.alloc(2 ** 21 + 64)
    free.writeUInt32BE(free.length, 0)
    free.write('free', 4, 'latin1')
    return Buffer.concat([bytes, free])
  }

  test('is read where it is whole', async () => {
    expect(right(await nodeAv().probe(file('padded.mp4', padded()))()).frameCount).toBe(30)
  })

  test.prop([fc.array(fc.tuple(fc.nat(1_000_000), fc.nat(255)), { minLength: 1, maxLength: 8 }), fc.nat(1_000_000)], {
    numRuns: long ? runs : 40,
  })('never throws: a fault that names the file, or a clip', async (spots, seed) => {
    const broken = padded()
    const start = bytes.indexOf('moov')
    const end = start + bytes.readUInt32BE(start - 4)
    for (const [at, value] of spots) broken[start + 4 + (at % (end - start - 8))] = value
    const path = file(`header ${seed}.mp4`, broken)
    const probed = await nodeAv({ limits: { milliseconds: 20_000 } }).probe(path)()
    if (probed._tag === 'Left') expect(probed.left.cause).toContain(path)
    else expect(probed.right.frameCount).toBeGreaterThan(0)
    rmSync(path)
  })
})

describe('a decoder that misbehaves', () => {
  const script = (name: string, body: string): string => {
    const path = file(name, `#!/bin/sh\ncase "$*" in *-version*) echo "ffmpeg version 7.1"; exit 0;; esac\n${body}\n`)
    chmodSync(path, 0o755)
    return path
  }

  test('that hangs is killed in time', async () => {
    const hanging = ffmpeg(script('hangs', 'exec sleep 600'), { limits: { milliseconds: 300 } })
    expect(left(await hanging.probe(good)())._tag).toBe('TooSlow')
  })

  test('that crashes is said to have crashed', async () => {
    const crashing = ffmpeg(script('crashes', 'kill -SEGV $$'))
    expect(left(await crashing.probe(good)()).cause).toMatch(/: the program was ended by SIGSEGV$/)
  })

  test('that says nothing is said to have said nothing', async () => {
    const silent = ffmpeg(script('silent', 'exit 1'))
    expect(left(await silent.probe(good)()).cause).toMatch(/: ffmpeg found no video and said nothing$/)
  })

  test('that floods is killed', async () => {
    const flooding = ffmpeg(script('floods', 'exec yes'), { limits: { frames: 100, milliseconds: 20_000 } })
    expect(left(await flooding.probe(good)())._tag).toBe('TooLarge')
  })

  test('that shouts on standard error keeps a bounded tail', async () => {
    const shouting = ffmpeg(script('shouts', 'yes error | head -c 50000000 >&2; exit 1'), {})
    const fault = left(await shouting.probe(good)())
    expect(fault._tag).toBe('NotAVideo')
    expect(fault.cause.length).toBeLessThan(10_000)
  })

  test('that is cancelled is killed', async () => {
    const control = new AbortController()
    const running = ffmpeg(script('waits', 'exec sleep 600')).probe(good, control.signal)()
    setTimeout(() => control.abort(), 50)
    expect(left(await running)._tag).toBe('Cancelled')
  })

  test('that is no ffmpeg', async () => {
    mkdirSync(join(home, 'sub'), { recursive: true })
    expect(left(await ffmpeg(join(home, 'sub', 'none')).probe(good)())._tag).toBe('NoDecoder')
    expect(left(await ffmpeg('/bin/true').probe(good)())._tag).toBe('NoDecoder')
  })
})
