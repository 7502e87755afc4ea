import { either as E } from 'fp-ts'
import type { Packet, Stream } from 'node-av/lib'
import type { PlainFile } from '../file.ts'
import type { Limits } from '../limits.ts'
import { tooManyPixels } from '../picture-faults.ts'
import { announcedSize } from './announced.ts'
import { openFormat } from './container.ts'
import type { Size } from './cropped.ts'
import type { Av } from './load.ts'
import type { Steps } from './steps.ts'

/** Packets looked at, and their bytes. */
const most = { packets: 256, bytes: 32 * 2 ** 20 }

/** The size that a packet or what its stream begins with announces. */
const announcedBy = (av: Av, stream: Stream | undefined, { data }: Packet): Size | undefined => {
  const codec = stream === undefined ? null : av.avGetCodecName(stream.codecpar.codecId)
  if (stream === undefined || codec === null) return undefined
  const { extradata } = stream.codecpar
  const told = extradata === null ? undefined : announcedSize(codec, extradata, true)
  return told ?? (data === null ? undefined : announcedSize(codec, data))
}

/**
 * Refuses pictures that are announced larger than allowed (`TooLarge`) before FFmpeg decodes one to learn what else
 * it can: for containers that do not say the size themselves.
 */
export function* peek(av: Av, file: PlainFile, limits: Limits): Steps<void> {
  const opened = yield* openFormat(av, file)
  if (E.isLeft(opened)) return opened
  const format = opened.right
  const packet = new av.Packet()
  packet.alloc()
  const seen = new Set<number>()
  try {
    for (let n = 0, bytes = 0; n < most.packets && bytes < most.bytes; n++) {
      const read = yield { sync: () => format.readFrameSync(packet), async: () => format.readFrame(packet) }
      if (read < 0) break
      const size = announcedBy(av, format.streams[packet.streamIndex], packet)
      bytes += packet.size
      if (size !== undefined && size.width * size.height > limits.pixels)
        return E.left(tooManyPixels(file.path, size, limits.pixels))
      if (size !== undefined) seen.add(packet.streamIndex)
      packet.unref()
      const videos = format.streams.filter(s => s.codecpar.codecType === av.AVMEDIA_TYPE_VIDEO)
      if (videos.length > 0 && videos.every(({ index }) => seen.has(index))) break
    }
    return E.right(undefined)
  } finally {
    packet.free()
    format.closeInputSync()
  }
}
