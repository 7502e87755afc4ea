import { av, encoderNamed, must } from './av.ts'
import type { Sample, Track } from './encode.ts'

/** A tone of so many seconds as a track. */
export const tone = (seconds: number, encoder: 'aac' | 'libmp3lame' = 'aac'): Track => {
  const rate = 44_100
  const codec = encoderNamed(encoder)
  const context = new av.CodecContext()
  context.allocContext3(codec)
  context.sampleRate = rate
  context.sampleFormat = av.AV_SAMPLE_FMT_FLTP
  context.channelLayout = av.AV_CHANNEL_LAYOUT_MONO
  context.timeBase = new av.Rational(1, rate)
  context.setFlags(av.AV_CODEC_FLAG_BITEXACT, av.AV_CODEC_FLAG_GLOBAL_HEADER)
  must(context.open2Sync(codec), `opening ${encoder}`)
  const size = context.frameSize
  const packet = new av.Packet()
  packet.alloc()
  const samples: Sample[] = []
  const drain = () => {
    while (context.receivePacketSync(packet) >= 0) {
      samples.push({
        data: Buffer.from(packet.data ?? []),
        pts: Number(packet.pts),
        dts: Number(packet.dts),
        key: true,
        duration: size,
      })
      packet.unref()
    }
  }
  for (let start = 0; start < seconds * rate; start += size) {
    const wave = Float32Array.from({ length: size }, (_, i) => 0.2 * Math.sin(((start + i) * 880 * Math.PI) / rate))
    const frame = av.Frame.fromAudioBuffer(Buffer.from(wave.buffer), {
      nbSamples: size,
      format: av.AV_SAMPLE_FMT_FLTP,
      sampleRate: rate,
      channelLayout: context.channelLayout,
      pts: BigInt(start),
    })
    must(context.sendFrameSync(frame), 'encoding sound')
    frame.free()
    drain()
  }
  must(context.sendFrameSync(null), 'encoding sound')
  drain()
  const parameters = new av.CodecParameters()
  parameters.alloc()
  must(context.parametersFromContext(parameters), 'describing sound')
  context.freeContext()
  packet.free()
  return { parameters, samples, base: [1, rate], fps: 0 }
}
