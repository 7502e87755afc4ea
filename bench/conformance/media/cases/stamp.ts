import { withDeltas } from '../boxes.ts'
import { evenly, file, type MediaCase, plain, run, showing, track } from '../case.ts'
import type { Encoding } from '../encode.ts'
import { retimed, shifted, withSamples } from '../join.ts'
import { mux } from '../mux.ts'

const simple: Encoding = { gop: 12 }
const ts = (encoding: Encoding, from = 0): Buffer => file('mpegts', { count: 30, first: from, ...encoding })
/** The second file's stamps begin anew, or overlap. */
const restarts = (encoding: Encoding) => () => Buffer.concat([ts(encoding), ts(encoding, 30)])
const { times: _, ...counted } = showing(run(60))
const base = [1, 1000] as const

const delta = (
  name: string,
  why: string,
  runs: readonly (readonly [number, number])[],
  times: readonly number[] | undefined,
  encoding = simple,
): MediaCase => ({
  name,
  why,
  make: () => withDeltas(file('mp4', encoding), runs),
  right: times === undefined ? counted : showing(run(60), { times }),
})

/** Time stamps that are equal, go backward, or stand close together. */
export const stamps: readonly MediaCase[] = [
  delta(
    'stts_one_zero.mp4',
    'one duration of 0: two pictures share a time and both count',
    [
      [10, 512],
      [1, 0],
      [49, 512],
    ],
    [
      ...evenly(11),
      ...evenly(50)
        .slice(1)
        .map(time => time + 0.36),
    ].slice(0, 60),
  ),
  delta(
    'stts_zeros.mp4',
    'ten durations of 0 in a row',
    [
      [20, 512],
      [10, 0],
      [30, 512],
    ],
    run(60).map(i => (i <= 20 ? i : i <= 30 ? 20 : i - 10) / 25),
  ),
  delta(
    'stts_zero_b.mp4',
    'durations of 0 among B pictures',
    [
      [12, 512],
      [1, 0],
      [47, 512],
    ],
    undefined,
    plain,
  ),
  delta('stts_all_zero.mp4', 'every duration is 0', [[60, 0]], undefined),
  delta(
    'stts_all_one.mp4',
    'every duration is one tick',
    [[60, 1]],
    run(60).map(i => i / 12800),
  ),
  delta(
    'stts_last_huge.mp4',
    'the last picture is said to last a day',
    [
      [59, 512],
      [1, 12800 * 3600 * 20],
    ],
    evenly(60),
  ),
  delta(
    'stts_minus.mp4',
    'a duration of −1, as some editors write it',
    [
      [30, 512],
      [1, 0xffffffff],
      [29, 512],
    ],
    undefined,
  ),
  {
    name: 'ts_joined.ts',
    why: 'two transport streams one behind the other: stamps begin anew, every picture counts',
    make: restarts(plain),
    right: counted,
  },
  {
    name: 'ts_joined_simple.ts',
    why: 'two joined transport streams without B pictures',
    make: restarts(simple),
    right: counted,
  },
  {
    name: 'ts_joined_overlap.ts',
    why: 'the second part begins a second before the first has ended',
    make: () =>
      Buffer.concat([
        ts(plain),
        mux([shifted(track({ ...plain, count: 30, first: 30, global: false }), 5)], { format: 'mpegts' }),
      ]),
    right: counted,
  },
  {
    name: 'ts_joined_same.ts',
    why: 'a transport stream twice: each picture counts twice',
    make: () => Buffer.concat([ts(plain), ts(plain)]),
    right: { ...counted, numbers: [...run(30), ...run(30)] },
  },
  {
    name: 'ts_joined_gap.ts',
    why: 'the second part begins ten seconds later, less the two pictures that B pictures put off the first',
    make: () =>
      Buffer.concat([
        ts(plain),
        mux([shifted(track({ ...plain, count: 30, first: 30, global: false }), 280)], { format: 'mpegts' }),
      ]),
    right: { ...counted, times: run(60).map(i => (i < 30 ? i : i + 248) / 25) },
  },
  {
    name: 'ts_joined_hevc.ts',
    why: 'two joined transport streams of HEVC',
    make: restarts({ encoder: 'libx265' }),
    right: counted,
  },
  {
    name: 'mkv_equal.mkv',
    why: '2,000 pictures a second in Matroska: two share each millisecond, both count',
    make: () => file('matroska', { ...simple, fps: 2000 }),
    right: { ...counted, times: evenly(60, 2000), timesWithin: 0.001 },
  },
  {
    name: 'mkv_equal_b.mkv',
    why: '4,000 pictures a second with B pictures in Matroska',
    make: () => file('matroska', { ...plain, fps: 4000 }),
    right: counted,
  },
  {
    name: 'mkv_pairs.mkv',
    why: 'every second picture has the time of the one before',
    make: () =>
      mux(
        [
          withSamples(
            retimed(
              track(simple),
              base,
              run(60).map(i => 80 * (i >> 1)),
            ),
            (sample, i) => ({ ...sample, dts: Math.min(sample.dts, sample.pts), duration: i % 2 }),
          ),
        ],
        { format: 'matroska' },
      ),
    right: { ...counted, times: run(60).map(i => (80 * (i >> 1)) / 1000) },
  },
  {
    name: 'fps_1000.mp4',
    why: 'a thousand pictures a second',
    make: () => file('mp4', { ...plain, fps: 1000 }),
    right: showing(run(60), { times: evenly(60, 1000), clip: { fps: 1000 } }),
  },
  {
    name: 'fps_10000.mp4',
    why: 'ten thousand pictures a second',
    make: () => file('mp4', { ...plain, fps: 10_000 }),
    right: showing(run(60), { times: evenly(60, 10_000) }),
  },
  {
    name: 'fps_240.mkv',
    why: '240 pictures a second in whole milliseconds',
    make: () => file('matroska', { ...plain, fps: 240 }),
    right: showing(run(60), { times: evenly(60, 240), timesWithin: 0.0011 }),
  },
  {
    name: 'fps_1000.avi',
    why: 'a thousand pictures a second in AVI',
    make: () => file('avi', { encoder: 'mpeg4', fps: 1000 }),
    right: showing(run(60), { times: evenly(60, 1000) }),
  },
  {
    name: 'fps_500.ts',
    why: '500 pictures a second in a transport stream',
    make: () => file('mpegts', { ...plain, fps: 500 }),
    right: showing(run(60), { times: evenly(60, 500) }),
  },
]
