import { file, type MediaCase } from '../case.ts'
import type { Encoding } from '../encode.ts'

const short: Encoding = { count: 16, gop: 8, width: 80, height: 48 }
const made = (
  name: string,
  format: string,
  encoding: Encoding,
  options: Readonly<Record<string, string>> = {},
): MediaCase => ({
  name,
  why: 'a whole file that is mutated',
  make: () => file(format, { ...short, ...encoding }, { options }),
  right: { frames: 16 },
})

/** One small whole file of each container and of the codecs that they often hold. */
export const corpus: readonly MediaCase[] = [
  made('a.mp4', 'mp4', { bFrames: 2 }),
  made('front.mp4', 'mp4', {}, { movflags: 'faststart' }),
  made('fragments.mp4', 'mp4', { bFrames: 2 }, { movflags: 'frag_keyframe+empty_moov' }),
  made('hevc.mp4', 'mp4', { encoder: 'libx265' }),
  made('vp9.mp4', 'mp4', { encoder: 'libvpx-vp9' }),
  made('av1.mp4', 'mp4', { encoder: 'libsvtav1' }),
  made('a.mov', 'mov', { encoder: 'mpeg4' }),
  made('animation.mov', 'mov', { encoder: 'qtrle', layout: 'rgb24' }),
  made('a.mkv', 'matroska', { bFrames: 2 }),
  made('hevc.mkv', 'matroska', { encoder: 'libx265' }),
  made('ffv1.mkv', 'matroska', { encoder: 'ffv1' }),
  made('vp8.webm', 'webm', { encoder: 'libvpx' }),
  made('vp9.webm', 'webm', { encoder: 'libvpx-vp9' }),
  made('av1.webm', 'webm', { encoder: 'libsvtav1' }),
  made('a.ts', 'mpegts', { bFrames: 2 }),
  made('hevc.ts', 'mpegts', { encoder: 'libx265' }),
  made('mpeg2.ts', 'mpegts', { encoder: 'mpeg2video', fps: 25 }),
  made('a.mpg', 'mpeg', { encoder: 'mpeg1video', global: false }),
  made('a.avi', 'avi', { encoder: 'mpeg4' }),
  made('mjpeg.avi', 'avi', { encoder: 'mjpeg', layout: { matrix: 'bt601', range: 'full', bits: 8, chroma: '420' } }),
  made('palette.avi', 'avi', { encoder: 'msrle', layout: 'pal8' }),
  made('a.flv', 'flv', {}),
  made('a.wmv', 'asf', { encoder: 'wmv2' }),
  made('a.ogv', 'ogg', { encoder: 'libtheora' }),
  made('a.nut', 'nut', {}),
  made('a.gif', 'gif', { encoder: 'gif', layout: 'pal8' }),
  made('a.ivf', 'ivf', { encoder: 'libvpx', global: false }),
  made('a.h264', 'h264', { global: false }),
  made('a.hevc', 'hevc', { encoder: 'libx265', global: false }),
  made('a.mxf', 'mxf', { encoder: 'mpeg2video', width: 720, height: 576, global: false }),
  made('a.y4m', 'yuv4mpegpipe', { encoder: 'rawvideo' }),
]
