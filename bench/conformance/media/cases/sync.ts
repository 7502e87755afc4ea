import { withSyncs } from '../boxes.ts'
import { file, type MediaCase, plain, run, showing, track } from '../case.ts'
import type { Encoding } from '../encode.ts'
import { withSamples } from '../join.ts'
import { mux } from '../mux.ts'

const long: Encoding = { ...plain, gop: 60 }
const hevc: Encoding = { encoder: 'libx265', bFrames: 2, gop: 60 }
const vp9: Encoding = { encoder: 'libvpx-vp9', gop: 60 }
const av1: Encoding = { encoder: 'libsvtav1', gop: 60 }
const mpeg4: Encoding = { encoder: 'mpeg4', gop: 60 }

/** Pictures 1, 6, 11 … of the table, counted from 1 as the box does. */
const everyFifth = run(12).map(i => 1 + 5 * i)

const lying = (
  name: string,
  what: string,
  encoding: Encoding,
  syncs: readonly number[] | undefined,
  slow = false,
): MediaCase => ({
  name,
  why: `${what}: pictures that depend on others are decoded from an earlier one`,
  make: () => withSyncs(file('mp4', encoding), syncs),
  right: showing(run(60)),
  slow,
})

/** Every packet is marked as a key packet. */
const allKeys = (format: string, encoding: Encoding) => (): Buffer =>
  mux([withSamples(track(encoding), sample => ({ ...sample, key: true }))], { format })

const refresh = (gop: number): Encoding => ({
  count: 120,
  gop,
  options: { 'intra-refresh': '1', 'x264-params': 'b-adapt=0:scenecut=0' },
})

const whole = (name: string, why: string, make: () => Buffer, count = 60): MediaCase => ({
  name,
  why,
  make,
  right: showing(run(count)),
})

/** Tables and flags that say where decoding can begin, and do not tell the truth. */
export const syncs: readonly MediaCase[] = [
  lying('sync_all_h264.mp4', 'every sample of H.264 is marked', long, undefined),
  lying('sync_fifth_h264.mp4', 'every fifth sample of H.264 is marked', long, everyFifth),
  lying('sync_all_hevc.mp4', 'every sample of HEVC is marked', hevc, undefined),
  lying('sync_fifth_hevc.mp4', 'every fifth sample of HEVC is marked', hevc, everyFifth),
  lying('sync_all_vp9.mp4', 'every sample of VP9 is marked', vp9, undefined),
  lying('sync_fifth_vp9.mp4', 'every fifth sample of VP9 is marked', vp9, everyFifth),
  lying('sync_all_av1.mp4', 'every sample of AV1 is marked', av1, undefined),
  lying('sync_fifth_mpeg4.mp4', 'every fifth sample of MPEG-4 part 2 is marked', mpeg4, everyFifth),
  lying(
    'sync_off_by_one.mp4',
    'each mark stands one sample too late',
    plain,
    run(5).map(i => 2 + 12 * i),
  ),
  lying('sync_off_by_one_early.mp4', 'each mark stands one sample too early', plain, [
    1,
    ...run(4).map(i => 12 + 12 * i),
  ]),
  lying('sync_none.mp4', 'no sample is marked', plain, []),
  lying(
    'sync_first_missing.mp4',
    'the first key picture is not marked',
    plain,
    run(4).map(i => 13 + 12 * i),
  ),
  lying('sync_only_first.mp4', 'only the first of five key pictures is marked', plain, [1]),
  whole('sync_all.mkv', 'Matroska marks every block as a key block', allKeys('matroska', long)),
  whole('sync_all_hevc.mkv', 'Matroska marks every block of HEVC as a key block', allKeys('matroska', hevc)),
  whole('sync_all_vp9.webm', 'WebM marks every block of VP9 as a key block', allKeys('webm', vp9)),
  whole('sync_all.flv', 'FLV marks every tag as a key frame', allKeys('flv', long)),
  whole('sync_all.avi', 'AVI marks every chunk as a key frame', allKeys('avi', mpeg4)),
  whole(
    'refresh.mp4',
    'intra refresh: decoding goes back to the start, since the recovery points need pictures before them',
    () => file('mp4', refresh(40)),
    120,
  ),
  whole('refresh.mkv', 'intra refresh in Matroska', () => file('matroska', refresh(40)), 120),
  whole('refresh.ts', 'intra refresh in a transport stream', () => file('mpegts', refresh(40)), 120),
  whole(
    'open_gop.mp4',
    'open groups: pictures before a key picture in time follow it in the file',
    () =>
      file('mp4', {
        ...plain,
        count: 90,
        gop: 15,
        bFrames: 3,
        options: { 'x264-params': 'b-adapt=0:scenecut=0:open-gop=1' },
      }),
    90,
  ),
  whole(
    'open_gop_hevc.mkv',
    'open groups of HEVC',
    () =>
      file('matroska', {
        encoder: 'libx265',
        count: 90,
        gop: 15,
        bFrames: 3,
        options: { 'x265-params': 'log-level=none:b-adapt=0:scenecut=0:open-gop=1:pools=none:frame-threads=1' },
      }),
    90,
  ),
  whole('pyramid.mp4', 'B pictures that other B pictures refer to', () =>
    file('mp4', { ...plain, gop: 30, bFrames: 5, options: { 'x264-params': 'b-adapt=0:scenecut=0:b-pyramid=2' } }),
  ),
]
