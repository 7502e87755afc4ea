import { colourInWords } from '../colour.ts'
import type { Picture } from '../picture.ts'

/** What the ffmpeg program says on standard error of the streams of a file, and of the one that it takes. */
export interface Described {
  readonly fps: number | undefined
  readonly realFps: number | undefined
  /** Place of the taken stream in the file; undefined when none was taken. */
  readonly index: number | undefined
  /** The taken stream is a cover picture. */
  readonly cover: boolean
  readonly picture: Pick<Picture, 'pixelFormat' | 'colour' | 'sampleAspectRatio' | 'encrypted'>
  /** Clockwise degrees of its display matrix, which is not written out; a mirror does not show in it. */
  readonly turn: number
  /** How many streams there are, how many are video, and how many of those are no cover pictures. */
  readonly streams: number
  readonly videos: number
  readonly moving: number
}

const streamLine = /^\s+Stream #0:(\d+)(?:\[0x[0-9a-f]+\])?(?:\([^)]*\))?: (\w+): (.*)$/

/** The lines of the first input, from the line of a stream to the next. */
const inputStreams = (said: string) => {
  const lines = said.slice(said.lastIndexOf('\nInput #0')).split('\n')
  const end = lines.findIndex(line => /^(Stream mapping:|Output #0)/.test(line))
  const streams: { readonly index: number; readonly kind: string; readonly words: string; readonly more: string[] }[] =
    []
  for (const line of end < 0 ? lines : lines.slice(0, end)) {
    const [, index, kind, words] = streamLine.exec(line) ?? []
    if (index !== undefined && kind !== undefined && words !== undefined)
      streams.push({ index: Number(index), kind, words, more: [] })
    else streams.at(-1)?.more.push(line)
  }
  return streams
}

/** `h264 (High) (avc1 / 0x31637661), yuv420p(tv, bt709), 160x96 [SAR 4:3 DAR 20:9], …` */
const pictureIn = (words: string, more: readonly string[]): Described['picture'] => {
  const [, pixelFormat = '', colour = ''] = /, (\w+)(?:\(([^)]*)\))?, \d+x\d+/.exec(words) ?? []
  const ratio = [...words.matchAll(/\bSAR (\d+):(\d+)/g)].at(-1)
  const entry = /\((encv|drmi) \/ 0x/i.exec(words)?.[1]
  const key = more.some(line => /^\s+enc_key_id\s*:/i.test(line))
  return {
    pixelFormat: pixelFormat === 'none' ? '' : pixelFormat,
    colour: colourInWords(colour),
    sampleAspectRatio: ratio === undefined ? 1 : Number(ratio[1]) / Number(ratio[2]),
    encrypted: entry ?? (key ? 'ContentEncryption' : undefined),
  }
}

/** Reads what ffmpeg says of its input, its output and which stream goes where. */
export const parseDescription = (said: string): Described => {
  const streams = inputStreams(`\n${said}`)
  const mapped = /Stream #0:(\d+) -> #0:0/.exec(said)?.[1]
  const index = mapped === undefined ? undefined : Number(mapped)
  const { words = '', more = [] } = streams.find(stream => stream.index === index) ?? {}
  const output = said.slice(said.lastIndexOf('Output #0'))
  const written = output.split('\n').find(line => /^\s+Stream #0:0.*: Video: /.test(line)) ?? ''
  const rate = (unit: string): number | undefined => {
    const found = new RegExp(`([0-9.]+)(k?) ${unit}\\b`).exec(written)
    return found === null ? undefined : Number(found[1]) * (found[2] === 'k' ? 1000 : 1)
  }
  const turn = Number(/display ?matrix: rotation of (-?[0-9.]+) degrees/i.exec(more.join('\n'))?.[1] ?? 0)
  const videos = streams.filter(({ kind }) => kind === 'Video')
  return {
    fps: rate('fps'),
    realFps: rate('tbr'),
    index,
    cover: words.includes('(attached pic)'),
    picture: pictureIn(words, more),
    turn: -turn,
    streams: streams.length,
    videos: videos.length,
    moving: videos.filter(stream => !stream.words.includes('(attached pic)')).length,
  }
}
