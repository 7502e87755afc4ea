import { file, type MediaCase, plain, run, showing, track } from '../case.ts'
import type { Encoding } from '../encode.ts'
import type { Refusal } from '../expected.ts'
import { mux } from '../mux.ts'

const skipping: Refusal = { how: 'may', says: ["onDamage: 'skip'"], with: { onDamage: 'skip' } }

/** A file that begins `cut` samples late, in the middle of its first group of pictures. */
const beheaded = (format: string, encoding: Encoding, cut: number) => (): Buffer => {
  const all = track(format === 'mpegts' ? { global: false, ...encoding } : encoding)
  return mux([{ ...all, samples: all.samples.slice(cut) }], { format })
}

const from = (name: string, why: string, first: number, make: () => Buffer, count = 60): MediaCase => ({
  name,
  why: `${why}: the pictures before it may be refused or left out, by a policy that the refusal names`,
  make,
  right: showing(run(count - first, first), { refusal: skipping }),
})

const openH264: Encoding = {
  gop: 15,
  bFrames: 3,
  options: { 'x264-params': 'b-adapt=0:scenecut=0:open-gop=1' },
}
const openHevc: Encoding = {
  encoder: 'libx265',
  gop: 15,
  bFrames: 3,
  options: { 'x265-params': 'log-level=none:b-adapt=0:scenecut=0:open-gop=1:pools=none:frame-threads=1' },
}

/** A file that begins with its second key picture; those that follow it but are shown before it lean on lost ones. */
const openCut = (name: string, why: string, format: string, encoding: Encoding): MediaCase => {
  const all = () => track(format === 'mpegts' ? { global: false, ...encoding } : encoding)
  const second = () => all().samples.findIndex(({ key }, i) => i > 0 && key)
  return {
    name,
    why: `${why}: the pictures that lean on the lost group may be refused or left out, by a policy that the refusal names`,
    make: () => mux([{ ...all(), samples: all().samples.slice(second()) }], { format }),
    get right() {
      const first = all().samples[second()]!.pts
      return showing(run(60 - first, first), { refusal: skipping })
    },
  }
}

/** Cuts whole packets of 188 bytes off the front, behind the two tables. */
const cutPackets = (bytes: Buffer, packets: number): Buffer =>
  Buffer.concat([bytes.subarray(0, 2 * 188), bytes.subarray(188 * (2 + packets))])

/** Streams that begin in the middle, and pictures that cannot be decoded. */
export const damages: readonly MediaCase[] = [
  from('cut_mid.ts', 'a transport stream cut in the middle of a group', 24, () =>
    cutPackets(file('mpegts', { ...plain, gop: 24 }), 20),
  ),
  from(
    'cut_mid.mkv',
    'a Matroska file whose first group lacks its key picture',
    20,
    beheaded('matroska', { gop: 20 }, 5),
  ),
  from('cut_mid.flv', 'an FLV whose first group lacks its key picture', 20, beheaded('flv', { gop: 20 }, 5)),
  from(
    'cut_mid_hevc.ts',
    'a transport stream of HEVC cut in the middle of a group',
    20,
    beheaded('mpegts', { encoder: 'libx265', gop: 20 }, 5),
  ),
  from('cut_mid.mp4', 'an MP4 whose first group lacks its key picture', 20, beheaded('mp4', { gop: 20 }, 5)),
  openCut('cut_open_gop.ts', 'a transport stream that begins with an open group', 'mpegts', openH264),
  openCut('cut_open_gop.mkv', 'a Matroska file that begins with an open group', 'matroska', openH264),
  openCut(
    'cut_open_gop_hevc.ts',
    'HEVC that begins with an open group, whose leading pictures say so',
    'mpegts',
    openHevc,
  ),
  openCut('cut_open_gop_hevc.mp4', 'the same in MP4', 'mp4', openHevc),
  {
    name: 'cut_end.ts',
    why: 'a transport stream that ends in the middle of a picture: what came whole is right',
    make: () => file('mpegts', { gop: 12 }).subarray(0, -188 * 2),
    right: { refusal: skipping },
  },
  {
    name: 'cut_end.mp4',
    why: 'an MP4 that ends before its movie header',
    make: () => file('mp4', plain).subarray(0, -400),
    right: { refusal: { how: 'must', tags: ['Truncated', 'NotAVideo'] } },
  },
  {
    name: 'cut_end_front.mp4',
    why: 'an MP4 with its header in front that ends early: it is refused with both numbers, and taken by a policy',
    make: () => file('mp4', plain, { options: { movflags: 'faststart' } }).subarray(0, -700),
    right: { refusal: { how: 'must', tags: ['Truncated'], says: ['onDamage'] } },
  },
  {
    name: 'cut_end.mkv',
    why: 'a Matroska file that ends early says how long it should be',
    make: () => file('matroska', plain).subarray(0, -700),
    right: { refusal: { how: 'must', tags: ['Truncated'] } },
  },
  {
    name: 'cut_end.avi',
    why: 'an AVI that ends early says how long it should be',
    make: () => file('avi', { encoder: 'mpeg4' }).subarray(0, -700),
    right: { refusal: { how: 'must', tags: ['Truncated'] } },
  },
]
