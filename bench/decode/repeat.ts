import { rename } from 'node:fs/promises'
import * as constants from 'node-av/constants'
import { FormatContext, Packet } from 'node-av/lib'

/**
 * Writes a long MP4 out of a short one: its packets, copied so many times one after the other without encoding anew.
 * An hour of film for the price of a minute's.
 */
export const repeat = async (from: string, to: string, times: number): Promise<void> => {
  const part = `${to}.part`
  const output = new FormatContext()
  output.allocOutputContext2(null, 'mp4', `file:${part}`)
  const packet = new Packet()
  packet.alloc()
  let offset = 0n
  for (let turn = 0; turn < times; turn++) {
    const input = new FormatContext()
    if (input.openInputSync(`file:${from}`) < 0) throw new Error(`${from} cannot be opened`)
    const source = input.streams.find(s => s.codecpar.codecType === constants.AVMEDIA_TYPE_VIDEO)
    if (source === undefined) throw new Error(`${from} has no video`)
    if (turn === 0) {
      const made = output.newStream(null)
      made.timeBase = source.timeBase
      made.codecpar = source.codecpar
      if (output.openOutputSync() < 0 || output.writeHeaderSync(null) < 0) throw new Error(`${part} cannot be written`)
    }
    const stream = output.streams[0]
    if (stream === undefined) throw new Error(`${part} has no stream`)
    while (input.readFrameSync(packet) >= 0) {
      packet.pts += offset
      packet.dts += offset
      packet.streamIndex = 0
      packet.rescaleTs(source.timeBase, stream.timeBase)
      if (output.interleavedWriteFrameSync(packet) < 0) throw new Error(`${part} cannot be written`)
      packet.unref()
    }
    offset += source.duration
    input.closeInputSync()
  }
  output.writeTrailerSync()
  output.closeOutputSync()
  packet.free()
  await rename(part, to)
}
