import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FormatContext, Stream } from 'node-av/lib'
import { av, must } from './av.ts'
import type { Track } from './encode.ts'

/** How tracks become a file. */
export interface Container {
  /** FFmpeg's name of the muxer: mp4, mov, matroska, webm, mpegts, avi, flv, nut, gif. */
  readonly format: string
  /** Options of the muxer by FFmpeg's names. */
  readonly options?: Readonly<Record<string, string>>
  /** Changes a stream before the header is written. */
  readonly stream?: (stream: Stream, index: number) => void
}

const write = (format: FormatContext, tracks: readonly Track[], container: Container): void => {
  for (const [i, track] of tracks.entries()) {
    const stream = format.newStream(null)
    const [num, den] = track.base
    stream.timeBase = new av.Rational(num, den)
    stream.avgFrameRate = new av.Rational(track.fps, 1)
    must(track.parameters.copy(stream.codecpar), 'describing the stream')
    container.stream?.(stream, i)
  }
  for (const [name, value] of Object.entries(container.options ?? {}))
    must(format.setOption(name, value, av.AV_OPT_TYPE_STRING, av.AV_OPT_SEARCH_CHILDREN), `${container.format} ${name}`)
  must(format.openOutputSync(), 'opening the file')
  must(format.writeHeaderSync(null), 'writing the header')
  const all = tracks.flatMap(({ samples, base: [num, den] }, index) =>
    samples.map(sample => ({ sample, index, seconds: (sample.dts * num) / den })),
  )
  const packet = new av.Packet()
  packet.alloc()
  for (const { sample, index } of all.sort((a, b) => a.seconds - b.seconds)) {
    packet.data = sample.data
    packet.pts = BigInt(sample.pts)
    packet.dts = BigInt(sample.dts)
    packet.duration = BigInt(sample.duration ?? 1)
    packet.streamIndex = index
    packet.isKeyframe = sample.key
    if (sample.palette !== undefined) packet.addSideData(av.AV_PKT_DATA_PALETTE, sample.palette)
    const [num, den] = tracks[index]!.base
    packet.rescaleTs(new av.Rational(num, den), format.streams[index]!.timeBase)
    must(format.writeFrameSync(packet), 'writing a packet')
    packet.unref()
  }
  packet.free()
  must(format.writeTrailerSync(), 'finishing the file')
}

let made = 0

/** The bytes of a file that holds these tracks, in the order of their decode times. */
export const mux = (tracks: readonly Track[], container: Container): Buffer => {
  const path = join(tmpdir(), `kinograd-media-${process.pid}-${made++}.part`)
  const format = new av.FormatContext()
  try {
    must(format.allocOutputContext2(null, container.format, `file:${path}`), `making ${container.format}`)
    format.setFlags(av.AVFMT_FLAG_BITEXACT)
    write(format, tracks, container)
    format.closeOutputSync()
    return readFileSync(path)
  } finally {
    format.freeContext()
    rmSync(path, { force: true })
  }
}
