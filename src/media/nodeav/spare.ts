import type { Packet, Stream } from 'node-av/lib'
import type { Av } from './load.ts'

/** Tells from the bytes of a packet that nothing refers to its picture. */
export type Spare = (packet: Packet) => boolean

/** H.264 (Annex A, table 7-1): slices have types 1 to 5, and `nal_ref_idc` 0 where nothing refers to them; others may set parameters. */
const spareH264 = (head: number): boolean => {
  const type = head & 31
  return type === 6 || type === 9 || type === 12 || (type >= 1 && type <= 5 && (head & 0x60) === 0)
}

/** HEVC (table 7-1): below 16 the even types are sub-layer non-reference pictures; 35, 38, 39 and 40 say nothing that lasts. */
const spareHevc = (head: number): boolean => {
  const type = (head >> 1) & 63
  return (type < 16 && type % 2 === 0) || type === 35 || type === 38 || type === 39 || type === 40
}

/** Whether all units of a packet (each behind its length in `size` bytes) are of a kind; false where lengths make no sense. */
const allUnits = (data: Buffer, size: number, is: (head: number) => boolean): boolean => {
  let offset = 0
  while (offset + size < data.length) {
    if (!is(data[offset + size]!)) return false
    offset += size + data.readUIntBE(offset, size)
  }
  return offset === data.length
}

/**
 * How to tell packets that nothing refers to, for streams that say how their units are laid out (`avcC` of H.264,
 * `hvcC` of HEVC with one temporal layer); undefined for others, where only the decoder can tell.
 */
export const spareOf = (av: Av, { codecpar }: Stream): Spare | undefined => {
  const { codecId, extradata } = codecpar
  if (extradata === null || extradata[0] !== 1) return undefined
  const [is, size, layers] =
    codecId === av.AV_CODEC_ID_H264 && extradata.length > 4
      ? [spareH264, (extradata[4]! & 3) + 1, 1]
      : codecId === av.AV_CODEC_ID_HEVC && extradata.length > 21
        ? [spareHevc, (extradata[21]! & 3) + 1, (extradata[21]! >> 3) & 7]
        : [undefined, 0, 0]
  return is === undefined || layers > 1 ? undefined : ({ data }) => data !== null && allUnits(data, size, is)
}
