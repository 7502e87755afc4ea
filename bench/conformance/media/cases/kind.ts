import { evenly, file, type MediaCase, plain, run, showing, track } from '../case.ts'
import type { Encoding } from '../encode.ts'
import { retimed } from '../join.ts'
import { mux } from '../mux.ts'

const full = { matrix: 'bt601', range: 'full', bits: 8, chroma: '420' } as const
const whole = (
  name: string,
  why: string,
  format: string,
  encoding: Encoding,
  options: Readonly<Record<string, string>> = {},
): MediaCase => ({
  name,
  why,
  make: () => file(format, encoding, { options }),
  right: showing(run(60)),
})
const sized = (
  name: string,
  why: string,
  format: string,
  encoding: Encoding,
  width: number,
  height: number,
): MediaCase => ({
  name,
  why,
  make: () => file(format, { ...encoding, width, height }),
  right: showing(run(60), { size: [width, height] }),
})
/** Every tenth picture is shown three times as long: AVI writes empty chunks there. */
const pauses = run(60).map(i => i + 2 * Math.floor(i / 10))

/** Codecs and containers that hold nothing unusual, and pictures that are never shown. */
export const kinds: readonly MediaCase[] = [
  whole('kind_hidden.webm', 'VP8 whose alternate references are never shown', 'webm', {
    encoder: 'libvpx',
    gop: 60,
    options: { 'auto-alt-ref': '1', 'lag-in-frames': '16' },
  }),
  whole('kind_hidden_vp9.webm', 'VP9 whose alternate references are never shown', 'webm', {
    encoder: 'libvpx-vp9',
    gop: 60,
    options: { 'auto-alt-ref': '1', 'lag-in-frames': '16', deadline: 'good' },
  }),
  whole('kind_av1.mkv', 'AV1 in Matroska', 'matroska', { encoder: 'libsvtav1', gop: 30 }),
  whole('kind_fields.mp4', 'interlaced H.264', 'mp4', { ...plain, options: { flags: '+ilme+ildct' } }),
  whole('kind_mpeg2.mpg', 'MPEG-2 with B pictures in a program stream', 'mpeg', {
    encoder: 'mpeg2video',
    bFrames: 2,
    global: false,
  }),
  whole('kind_mpeg2.ts', 'MPEG-2 with B pictures in a transport stream', 'mpegts', {
    encoder: 'mpeg2video',
    bFrames: 2,
  }),
  whole('kind_mpeg1.mpg', 'MPEG-1 in a program stream', 'mpeg', { encoder: 'mpeg1video', global: false }),
  whole('kind_mpeg4_b.avi', 'MPEG-4 part 2 with B pictures in AVI, which has no times to show at', 'avi', {
    encoder: 'mpeg4',
    bFrames: 2,
  }),
  whole('kind_h264_b.avi', 'H.264 with B pictures in AVI', 'avi', { ...plain, global: false }),
  whole('kind_msmpeg4.avi', 'Microsoft MPEG-4 in AVI', 'avi', { encoder: 'msmpeg4v2' }),
  whole('kind_wmv.wmv', 'Windows Media in ASF', 'asf', { encoder: 'wmv2' }),
  whole('kind_theora.ogv', 'Theora in Ogg', 'ogg', { encoder: 'libtheora' }),
  whole('kind_raw.h264', 'H.264 without a container', 'h264', { ...plain, global: false }),
  whole('kind_raw.hevc', 'HEVC without a container', 'hevc', { encoder: 'libx265', bFrames: 2, global: false }),
  whole('kind_raw.mjpeg', 'Motion JPEG without a container', 'mjpeg', { encoder: 'mjpeg', layout: full }),
  whole('kind_vp8.ivf', 'VP8 in IVF', 'ivf', { encoder: 'libvpx', global: false }),
  whole('kind_prores.mov', 'ProRes in MOV', 'mov', {
    encoder: 'prores_ks',
    layout: { ...full, range: 'limited', chroma: '422', bits: 10 },
  }),
  whole('kind_ffv1.mkv', 'FFV1 in Matroska', 'matroska', { encoder: 'ffv1' }),
  whole('kind_huffyuv.avi', 'HuffYUV in AVI', 'avi', { encoder: 'ffvhuff' }),
  whole('kind_negative.mp4', 'B pictures with negative offsets in place of an edit list', 'mp4', plain, {
    movflags: 'negative_cts_offsets',
  }),
  whole('kind_long_mdat.mov', 'QuickTime with B pictures', 'mov', plain),
  whole('kind_cmaf.mp4', 'fragments with a default base at each', 'mp4', plain, {
    movflags: 'cmaf+frag_keyframe+empty_moov',
  }),
  whole('kind_m2ts.ts', 'a transport stream with packets of 192 bytes', 'mpegts', plain, { mpegts_m2ts_mode: '1' }),
  sized('size_cropped.mp4', 'a height that is no multiple of 16 is cropped', 'mp4', plain, 162, 90),
  sized(
    'size_cropped_hevc.mkv',
    'a size that is no multiple of 8 is cropped, HEVC',
    'matroska',
    { encoder: 'libx265' },
    150,
    70,
  ),
  sized('size_tiny.mp4', 'the smallest pictures that bars fit into', 'mp4', {}, 40, 16),
  {
    name: 'vfr_pauses.avi',
    why: 'empty chunks of an AVI are no pictures, and pictures keep their times',
    make: () => mux([retimed(track({ encoder: 'mpeg4' }), [1, 25], pauses)], { format: 'avi' }),
    right: showing(run(60), { times: pauses.map(time => time / 25) }),
  },
  {
    name: 'kind_second.mp4',
    why: 'a clip of one second',
    make: () => file('mp4', { ...plain, count: 25 }),
    right: showing(run(25), { times: evenly(25), clip: { durationSeconds: 1 } }),
  },
]
