import { type FileHandle, open } from 'node:fs/promises'
import type { PlainFile } from './file.ts'
import { boxHead } from './mp4/boxes.ts'

const brands: ReadonlySet<string> = new Set(['ftyp', 'moov', 'mdat', 'free', 'skip', 'wide', 'styp'])

/** Value and length of an EBML size number at `offset`; undefined when it says "unknown". */
const ebmlSize = (bytes: Buffer, offset: number): { readonly value: number; readonly length: number } | undefined => {
  const first = bytes[offset] ?? 0
  const length = Math.clz32(first) - 23
  if (length > 8 || offset + length > bytes.length) return undefined
  let value = first & (0xff >> length)
  let full = value === 0xff >> length
  for (let i = 1; i < length; i++) {
    value = value * 256 + bytes[offset + i]!
    full &&= bytes[offset + i] === 0xff
  }
  return full ? undefined : { value, length }
}

/** Where the Segment of a Matroska or WebM file ends, if it says. */
const matroskaEnd = (head: Buffer): number | undefined => {
  const intro = ebmlSize(head, 4)
  const offset = intro && 4 + intro.length + intro.value
  if (offset === undefined || offset + 4 > head.length || head.readUInt32BE(offset) !== 0x18538067) return undefined
  const segment = ebmlSize(head, offset + 4)
  return segment && offset + 4 + segment.length + segment.value
}

/** Boxes without which pictures are lost. */
const bearing: ReadonlySet<string> = new Set(['moov', 'mdat', 'moof'])

/** What the outline of a file tells. */
export interface Outline {
  /** Bytes that the file should have and has not, by what its container declares; 0 when it is whole or does not say. */
  readonly missing: number
  /** Where the last box of samples ends; only of an MP4 without fragments. */
  readonly samplesEnd?: number
}

/**
 * The outline of an ISO media file by its boxes. What follows a whole movie header and its samples and is no box that bears
 * any (bytes added by a download or a camera) does not count.
 */
const mp4Outline = async (file: FileHandle, bytes: number): Promise<Outline> => {
  const head = Buffer.alloc(16)
  const seen = new Set<string>()
  let samplesEnd: number | undefined
  for (let offset = 0; offset + 8 <= bytes; ) {
    const { bytesRead } = await file.read(head, 0, 16, offset)
    const box = boxHead(head.subarray(0, bytesRead), 0, Number.MAX_SAFE_INTEGER)
    if (box === undefined || box.size > bytes * 1000 || head.readUInt32BE(0) === 0) break
    offset += box.size
    const whole = offset <= bytes || (seen.has('moov') && seen.has('mdat') && !bearing.has(box.type))
    if (!whole) return { missing: offset - bytes }
    seen.add(box.type)
    if (box.type === 'mdat') samplesEnd = offset
  }
  return samplesEnd === undefined || seen.has('moof') ? { missing: 0 } : { missing: 0, samplesEnd }
}

/** The outline of a file: of the boxes of MP4 and MOV, the segment of Matroska and WebM, the RIFF chunk of AVI. */
export const outlineOf = async (file: PlainFile): Promise<Outline> => {
  const handle = await open(file.path, 'r').catch(() => undefined)
  if (handle === undefined) return { missing: 0 }
  try {
    const head = Buffer.alloc(Math.min(256, file.bytes))
    await handle.read(head, 0, head.length, 0)
    const word = (offset: number) => head.toString('latin1', offset, offset + 4)
    if (head.length < 16) return { missing: 0 }
    if (brands.has(word(4))) return await mp4Outline(handle, file.bytes)
    const end =
      head.readUInt32BE(0) === 0x1a45dfa3
        ? matroskaEnd(head)
        : word(0) === 'RIFF' && word(8) === 'AVI '
          ? head.readUInt32LE(4) + 8
          : undefined
    return { missing: Math.max(0, (end ?? 0) - file.bytes) }
  } finally {
    await handle.close()
  }
}
