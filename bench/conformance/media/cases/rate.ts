import { av } from '../av.ts'
import { box, rewrite, sampleTable, withDeltas, withInEntry, words } from '../boxes.ts'
import { evenly, file, type MediaCase, plain, run, showing, track } from '../case.ts'
import type { Encoding } from '../encode.ts'
import { retimed, shifted, withSamples } from '../join.ts'
import { mux } from '../mux.ts'

const simple: Encoding = { gop: 12 }
const milliseconds = [1, 1000] as const
/** Times that no single rate explains, in milliseconds. */
const uneven = run(60).map(i => 40 * i + [0, 7, 31, 2, 19, 38, 11][i % 7]! + (i > 30 ? 2000 : 0))
const atTimes = (format: string, times: readonly number[], encoding = simple): Buffer =>
  mux([retimed(track(format === 'mpegts' ? { global: false, ...encoding } : encoding), milliseconds, times)], {
    format,
  })
const seconds = (times: readonly number[]): readonly number[] => times.map(time => (time - times[0]!) / 1000)

/** Says another rate in the header than the pictures have. */
const lyingRate = (format: string, told: number, encoding: Encoding = simple): Buffer =>
  mux([track(format === 'mpegts' ? { global: false, ...encoding } : encoding)], {
    format,
    stream: stream => {
      stream.avgFrameRate = new av.Rational(told, 1)
    },
  })

/** H.264 whose own headers tell `told` pictures a second, shown at 25. */
const lyingCodec = (format: string, told: number): Buffer => {
  const encoded = track({ ...simple, fps: told, global: format !== 'mpegts' })
  return mux([{ ...encoded, base: [1, 25] }], { format })
}

const uneventimed = (name: string, format: string, why: string, encoding = simple): MediaCase => ({
  name,
  why: `${why}: pictures have their own times, the measured rate is their mean`,
  make: () => atTimes(format, uneven, encoding),
  right: showing(run(60), { times: seconds(uneven), timesWithin: 0.0021 }),
})

const late = (name: string, format: string, offset: number, encoding = plain): MediaCase => ({
  name,
  why: `stamps begin at ${offset / 25} s: times are counted from the clip's start`,
  make: () =>
    mux([shifted(track(format === 'mpegts' ? { global: false, ...encoding } : encoding), offset)], {
      format,
      options: format === 'mpegts' ? { mpegts_copyts: '1' } : {},
    }),
  right: showing(run(60)),
})

const aspect = (
  name: string,
  format: string,
  ratio: readonly [number, number],
  encoding: Encoding = plain,
): MediaCase => ({
  name,
  why: `pixels are ${ratio.join(' to ')}: Clip says so, and pictures keep their pixels unless asked otherwise`,
  make: () => file(format, { ...encoding, aspect: ratio }),
  right: showing(run(60), { clip: { sampleAspectRatio: ratio[0] / ratio[1] } }),
})

/** The container's word on the rate, times of pictures, the shape of pixels. */
export const rates: readonly MediaCase[] = [
  uneventimed('vfr.mp4', 'mp4', 'uneven times in MP4'),
  uneventimed('vfr.mkv', 'matroska', 'uneven times in Matroska'),
  uneventimed('vfr.ts', 'mpegts', 'uneven times in a transport stream'),
  uneventimed('vfr.flv', 'flv', 'uneven times in FLV'),
  uneventimed('vfr_b.mp4', 'mp4', 'uneven times with B pictures', plain),
  {
    name: 'rate_half.mkv',
    why: 'Matroska tells 25 pictures a second, they come at 12.5: the measured rate counts',
    make: () =>
      mux(
        [
          retimed(
            track({ ...plain, count: 30 }),
            milliseconds,
            run(30).map(i => 80 * i),
          ),
        ],
        { format: 'matroska' },
      ),
    right: showing(run(30), { times: run(30).map(i => 0.08 * i), clip: { measuredFps: 12.5 } }),
  },
  {
    name: 'rate_codec_slow.mp4',
    why: 'H.264 tells 5 pictures a second, the container shows 25',
    make: () => lyingCodec('mp4', 5),
    right: showing(run(60), { clip: { measuredFps: 25 } }),
  },
  {
    name: 'rate_codec_fast.mkv',
    why: 'H.264 tells 1,000 pictures a second, the container shows 25',
    make: () => lyingCodec('matroska', 1000),
    right: showing(run(60), { clip: { measuredFps: 25 } }),
  },
  {
    name: 'rate_codec_fast.ts',
    why: 'H.264 tells 1,000 pictures a second, the stamps say 25',
    make: () => lyingCodec('mpegts', 1000),
    right: showing(run(60), { clip: { measuredFps: 25 } }),
  },
  {
    name: 'rate_last_long.mp4',
    why: 'the last picture stands for ten minutes: the mean of the header is wrong by far',
    make: () =>
      withDeltas(file('mp4', plain), [
        [59, 512],
        [1, 12800 * 600],
      ]),
    right: showing(run(60), { clip: { measuredFps: 25 } }),
  },
  {
    name: 'rate_first_long.mp4',
    why: 'a still picture of ten seconds, then motion',
    make: () =>
      atTimes(
        'mp4',
        run(60).map(i => (i === 0 ? 0 : 10_000 + 40 * (i - 1))),
      ),
    right: showing(run(60), { times: run(60).map(i => (i === 0 ? 0 : 10 + 0.04 * (i - 1))) }),
  },
  {
    name: 'rate_told.mkv',
    why: 'Matroska tells 1,000 pictures a second, they come at 25',
    make: () => lyingRate('matroska', 1000),
    right: showing(run(60), { clip: { measuredFps: 25 } }),
  },
  late('start_7s.mkv', 'matroska', 175),
  late('start_1h.ts', 'mpegts', 90_000),
  late('start_7s.flv', 'flv', 175, simple),
  late('start_7s.nut', 'nut', 175, simple),
  {
    name: 'wrap.ts',
    why: 'the 33 bits of the stamps begin anew after the thirtieth picture: time goes on',
    make: () =>
      mux(
        [
          {
            ...withSamples(track({ ...simple, global: false }), sample => ({
              ...sample,
              pts: 2 ** 33 - 3600 * 30 + 3600 * sample.pts,
              dts: 2 ** 33 - 3600 * 30 + 3600 * sample.dts,
              duration: 3600,
            })),
            base: [1, 90_000],
          },
        ],
        { format: 'mpegts', options: { mpegts_copyts: '1' } },
      ),
    right: showing(run(60)),
  },
  aspect('aspect_4_3.mp4', 'mp4', [4, 3]),
  aspect('aspect_2_1.mkv', 'matroska', [2, 1]),
  aspect('aspect_16_11.ts', 'mpegts', [16, 11]),
  aspect('aspect_mpeg4.avi', 'avi', [12, 11], { encoder: 'mpeg4' }),
  {
    name: 'aspect_in_box.mp4',
    why: 'the shape of pixels stands in the container alone',
    make: () => withInEntry(file('mp4', plain), 'avc1', box('pasp', words(3, 2))),
    right: showing(run(60), { clip: { sampleAspectRatio: 1.5 } }),
  },
  {
    name: 'clap.mp4',
    why: 'a clean aperture of 120 by 80 pixels: the same cut on every version of FFmpeg',
    make: () => withInEntry(file('mp4', plain), 'avc1', box('clap', words(120, 1, 80, 1, 0, 1, 0, 1))),
    right: { frames: 60, times: evenly(60) },
  },
  {
    name: 'clap_moved.mp4',
    why: 'a clean aperture beside the middle',
    make: () => withInEntry(file('mp4', plain), 'avc1', box('clap', words(120, 1, 80, 1, 8, 1, -4, 1))),
    right: { frames: 60, times: evenly(60) },
  },
  {
    name: 'clap_beyond.mp4',
    why: 'a clean aperture larger than the picture is no aperture',
    make: () => withInEntry(file('mp4', plain), 'avc1', box('clap', words(400, 1, 300, 1, 0, 1, 0, 1))),
    right: showing(run(60)),
  },
  { name: 'one.mp4', why: 'a clip of one picture', make: () => file('mp4', { count: 1 }), right: showing([0]) },
  {
    name: 'one.gif',
    why: 'a GIF of one picture',
    make: () => file('gif', { encoder: 'gif', layout: 'pal8', count: 1 }),
    right: showing([0]),
  },
  {
    name: 'one.ts',
    why: 'a transport stream of one picture',
    make: () => file('mpegts', { count: 1 }),
    right: showing([0]),
  },
  {
    name: 'two_same_time.mp4',
    why: 'two pictures at one time',
    make: () => rewrite(file('mp4', { count: 2 }), [...sampleTable, 'stts'], () => words(0, 1, 2, 0)),
    right: { frames: 2, numbers: [0, 1] },
  },
]
