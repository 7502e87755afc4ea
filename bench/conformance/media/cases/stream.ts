import type { Stream } from 'node-av/lib'
import { av } from '../av.ts'
import { bodyOf, box, rewrite, sampleTable, words } from '../boxes.ts'
import { file, type MediaCase, plain, run, showing, track } from '../case.ts'
import type { Encoding, Track } from '../encode.ts'
import type { Refusal } from '../expected.ts'
import { withAttachment } from '../matroska.ts'
import { mux } from '../mux.ts'
import { tone } from '../sound.ts'

const refused = (tags: readonly string[], says: readonly string[] = [], hides: readonly string[] = []): Refusal => ({
  how: 'must',
  tags,
  says,
  hides,
})

const cover = (): Track =>
  track({
    encoder: 'mjpeg',
    layout: { matrix: 'bt601', range: 'full', bits: 8, chroma: '420' },
    count: 1,
    first: 1000,
    width: 320,
    height: 320,
  })
const small: Encoding = { ...plain, width: 80, height: 48, first: 500 }
const asCover = (index: number) => (stream: Stream, i: number) => {
  if (i === index) stream.setDisposition(av.AV_DISPOSITION_ATTACHED_PIC)
}

/** The sample entry says that its track is encrypted with the common scheme, and keeps what it was. */
const encrypted = (bytes: Buffer): Buffer => {
  const entry = bodyOf(bytes, [...sampleTable, 'stsd', 'avc1'])
  const scheme = box(
    'sinf',
    box('frma', Buffer.from('avc1')),
    box('schm', words(0), Buffer.from('cenc'), words(0x10000)),
    box('schi', box('tenc', words(0), Buffer.from([0, 0, 1, 8]), Buffer.alloc(16, 0xab))),
  )
  return rewrite(bytes, [...sampleTable, 'stsd'], body =>
    Buffer.concat([body.subarray(0, 8), box('encv', entry, scheme)]),
  )
}

/** Changes the picture size in an H.264 stream's own header: 768 × 512 blocks, hand-made. */
const hugeSps = (): Buffer => {
  const bits: number[] = []
  const put = (value: number, count: number) => {
    for (let i = count - 1; i >= 0; i--) bits.push((value >> i) & 1)
  }
  const golomb = (value: number) => {
    const length = 31 - Math.clz32(value + 1)
    put(0, length)
    put(value + 1, length + 1)
  }
  put(66, 8)
  put(0, 8)
  put(51, 8)
  for (const value of [0, 0, 2, 1]) golomb(value)
  put(0, 1)
  golomb(768 - 1)
  golomb(512 - 1)
  put(0b11, 2)
  put(0, 2)
  put(1, 1)
  while (bits.length % 8 > 0) bits.push(0)
  const bytes = run(bits.length / 8).map(i => bits.slice(8 * i, 8 * i + 8).reduce((byte, bit) => 2 * byte + bit, 0))
  const escaped = bytes.flatMap((byte, i) =>
    i >= 2 && bytes[i - 1] === 0 && bytes[i - 2] === 0 && byte <= 3 ? [3, byte] : [byte],
  )
  return Buffer.from([0, 0, 0, 1, 0x67, ...escaped])
}

/** A transport stream whose pictures are said to be 12288 by 8192. */
const hugeInTs = (): Buffer => {
  const base = track({ gop: 12, global: false, count: 12 })
  const samples = base.samples.map(sample => ({ ...sample, data: sample.key ? withSps(sample.data) : sample.data }))
  return mux([{ ...base, samples }], { format: 'mpegts' })
}

/** The stream with its sequence parameter set exchanged. */
const withSps = (data: Buffer): Buffer => {
  const start = data.indexOf(Buffer.from([0, 0, 0, 1, 0x67]))
  const end = data.indexOf(Buffer.from([0, 0, 0, 1, 0x68]), start)
  return Buffer.concat([data.subarray(0, start), hugeSps(), data.subarray(end)])
}

const bad = (name: string, why: string, bytes: () => Buffer, refusal: Refusal): MediaCase => ({
  name,
  why,
  make: bytes,
  right: { refusal },
})
const text =
  (...lines: readonly string[]) =>
  () =>
    Buffer.from(`${lines.join('\n')}\n`)
const page = text(
  '<!DOCTYPE html>',
  '<html><head><title>404 Not Found</title></head>',
  '<body><h1>Not Found</h1></body></html>',
)
const pointer = text('version https://git-lfs.github.com/spec/v1', `oid sha256:${'4d7a'.repeat(16)}`, 'size 1843213')

/** Several streams, streams that cannot be read, and files that are no video. */
export const streams: readonly MediaCase[] = [
  {
    name: 'two_videos.mkv',
    why: 'of two video streams the larger is taken',
    make: () => mux([track(small), track(plain)], { format: 'matroska' }),
    right: showing(run(60)),
  },
  {
    name: 'two_videos.mp4',
    why: 'of two video tracks the one that is marked as enabled, although it is smaller, as the ffmpeg program takes it',
    make: () => mux([track(small), track(plain)], { format: 'mp4' }),
    right: showing(run(60, 500), { size: [80, 48] }),
  },
  {
    name: 'two_videos.ts',
    why: 'of two video streams in a transport stream the larger is taken',
    make: () => mux([track({ ...small, global: false }), track({ ...plain, global: false })], { format: 'mpegts' }),
    right: showing(run(60)),
  },
  {
    name: 'video_and_cover.mp4',
    why: 'a cover picture is no video, however large',
    make: () => mux([track(plain), cover()], { format: 'mp4', stream: asCover(1) }),
    right: showing(run(60)),
  },
  {
    name: 'video_and_sound.mp4',
    why: 'sound beside the video',
    make: () => mux([tone(2.4), track(plain)], { format: 'mp4' }),
    right: showing(run(60)),
  },
  {
    name: 'video_and_sound.ts',
    why: 'sound beside the video in a transport stream',
    make: () => mux([track({ ...plain, global: false }), tone(2.4)], { format: 'mpegts' }),
    right: showing(run(60)),
  },
  bad('sound.m4a', 'sound alone', () => mux([tone(1)], { format: 'mp4' }), refused(['NoVideoStream'])),
  bad(
    'sound_and_cover.m4a',
    'sound with a cover picture is no video',
    () => mux([tone(1), cover()], { format: 'mp4', stream: asCover(1) }),
    refused(['NoVideoStream']),
  ),
  bad(
    'sound_and_cover.mp3',
    'an MP3 with a cover picture is no video',
    () => mux([tone(1, 'libmp3lame'), cover()], { format: 'mp3', stream: asCover(1) }),
    refused(['NoVideoStream']),
  ),
  bad(
    'sound_and_cover.mkv',
    'Matroska with sound and an attached cover picture',
    () => withAttachment(mux([tone(1)], { format: 'matroska' }), 'cover.jpg', 'image/jpeg', cover().samples[0]!.data),
    refused(['NoVideoStream']),
  ),
  {
    name: 'encrypted_said.mp4',
    why: 'a track that says it is encrypted, and is not: refused, or its pictures',
    make: () => encrypted(file('mp4', plain)),
    right: showing(run(60), { refusal: { how: 'may' } }),
  },
  bad(
    'encrypted.mp4',
    'an encrypted track is named as such, not decoded into noise',
    () =>
      file('mp4', plain, {
        options: {
          encryption_scheme: 'cenc-aes-ctr',
          encryption_key: '00112233445566778899aabbccddeeff',
          encryption_kid: 'ffeeddccbbaa99887766554433221100',
        },
      }),
    refused(['NotAVideo', 'Undecodable'], ['encrypt']),
  ),
  bad(
    'huge.ts',
    'pictures of 12288 × 8192 in a transport stream are refused before one is decoded',
    hugeInTs,
    refused(['TooLarge'], [String(12288 * 8192)]),
  ),
  bad('zeros.mp4', 'zeros', () => Buffer.alloc(20_000), refused(['NotAVideo'])),
  bad('zeros.ts', 'zeros called a transport stream', () => Buffer.alloc(188 * 50), refused(['NotAVideo'])),
  bad('empty.mp4', 'an empty file', () => Buffer.alloc(0), refused(['Empty'])),
  bad('page.mp4', 'a web page saved as a clip is named as such', page, refused(['NotAVideo'], ['web page'])),
  bad(
    'page_plain.webm',
    'a web page without a document type',
    text('<html lang="en">', '<body>Access denied</body></html>'),
    refused(['NotAVideo'], ['web page']),
  ),
  bad(
    'page_space.mkv',
    'a web page after empty lines and a mark of byte order',
    text('\ufeff', '', '  <!doctype HTML>', '<p>login</p>'),
    refused(['NotAVideo'], ['web page']),
  ),
  bad(
    'pointer.mp4',
    'a pointer of Git LFS in place of the file is named as such',
    pointer,
    refused(['NotAVideo'], ['LFS']),
  ),
  bad(
    'answer.mp4',
    'an answer of a server in JSON',
    text('{"error":{"code":403,"message":"quota exceeded"}}'),
    refused(['NotAVideo']),
  ),
  bad(
    'listing.mp4',
    'an answer of a store in XML',
    text('<?xml version="1.0" encoding="UTF-8"?>', '<Error><Code>AccessDenied</Code></Error>'),
    refused(['NotAVideo']),
  ),
  bad(
    'playlist.mp4',
    'a playlist that names another file',
    text('#EXTM3U', '#EXT-X-TARGETDURATION:3', '#EXTINF:3,', 'file:///etc/hostname', '#EXT-X-ENDLIST'),
    refused(['NotAVideo'], [], ['/etc/hostname']),
  ),
]
