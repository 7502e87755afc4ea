import { rename } from 'node:fs/promises'
import * as constants from 'node-av/constants'
import { FFmpegError, FormatContext, Packet } from 'node-av/lib'

const must = (code: number, what: string): void => {
  if (code < 0) throw new Error(`${what}: ${FFmpegError.strerror(code)}`)
}

/** Copies an MP4 packet by packet and tags it as HLG in BT.2020: the same pictures, another word about their colours. */
export const tagHlg = async (from: string, to: string): Promise<void> => {
  const [input, output, packet] = [new FormatContext(), new FormatContext(), new Packet()]
  packet.alloc()
  input.allocContext()
  must(input.openInputSync(`file:${from}`), `opening ${from}`)
  must(output.allocOutputContext2(null, 'mp4', `file:${to}.part`), `making ${to}`)
  const [source, stream] = [input.streams[0], output.newStream(null)]
  if (source === undefined) throw new Error(`${from} has no stream`)
  must(source.codecpar.copy(stream.codecpar), 'describing the stream')
  stream.timeBase = source.timeBase
  stream.avgFrameRate = source.avgFrameRate
  stream.codecpar.codecTag = 0
  stream.codecpar.colorPrimaries = constants.AVCOL_PRI_BT2020
  stream.codecpar.colorTrc = constants.AVCOL_TRC_ARIB_STD_B67
  stream.codecpar.colorSpace = constants.AVCOL_SPC_BT2020_NCL
  stream.codecpar.colorRange = constants.AVCOL_RANGE_MPEG
  must(output.openOutputSync(), `opening ${to}`)
  must(output.writeHeaderSync(null), 'writing the header')
  while (input.readFrameSync(packet) >= 0) {
    packet.rescaleTs(source.timeBase, stream.timeBase)
    packet.streamIndex = 0
    must(output.interleavedWriteFrameSync(packet), 'writing a packet')
    packet.unref()
  }
  must(output.writeTrailerSync(), 'finishing the file')
  packet.free()
  output.closeOutputSync()
  output.freeContext()
  input.closeInputSync()
  await rename(`${to}.part`, to)
}
