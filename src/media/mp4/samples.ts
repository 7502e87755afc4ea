import type { PacketMark } from '../timeline.ts'
import { type Box, boxAt, boxesIn } from './boxes.ts'

/** Entries of a table box (version and flags, count, entries of `width` 32-bit numbers), as many as really fit. */
const entries = (movie: Buffer, box: Box, width: number): { readonly count: number; readonly start: number } => ({
  count: Math.min(movie.readUInt32BE(box.start + 4), Math.floor((box.end - box.start - 8) / (4 * width))),
  start: box.start + 8,
})

/** Unrolls (times, value) runs; undefined unless they add up to `count`. */
const unrolled = (movie: Buffer, box: Box, count: number, signed: boolean): Float64Array | undefined => {
  const runs = entries(movie, box, 2)
  const out = new Float64Array(count)
  let filled = 0
  for (let offset = runs.start; offset < runs.start + 8 * runs.count; offset += 8) {
    const times = movie.readUInt32BE(offset)
    if (filled + times > count) return undefined
    out.fill(signed ? movie.readInt32BE(offset + 4) : movie.readUInt32BE(offset + 4), filled, filled + times)
    filled += times
  }
  return filled === count ? out : undefined
}

/** 1 for each sample that the sync table names; all 1 without a table. */
const keyFlags = (movie: Buffer, box: Box | undefined, count: number): Uint8Array => {
  const out = new Uint8Array(count)
  if (box === undefined) return out.fill(1)
  const { start, count: named } = entries(movie, box, 1)
  for (let i = 0; i < named; i++) out[movie.readUInt32BE(start + 4 * i) - 1] = 1
  return out
}

/** What the one plain edit of a track shows, in ticks of the track; undefined for any other edit list. */
interface Edit {
  /** Ticks to take off every time. */
  readonly shift: number
  /** Tick, before the shift, at which the edit ends. */
  readonly end: number
}

/** A number of a version 0 or 1 header box that lies behind creation and modification times. */
const timescale = (movie: Buffer, root: Box, path: readonly string[]): number | undefined => {
  const box = boxAt(movie, root, path)
  return box && movie.readUInt32BE(box.start + (movie.readUInt8(box.start) === 1 ? 20 : 12))
}

const editOf = (movie: Buffer, root: Box, track: Box): Edit | undefined => {
  const list = boxAt(movie, track, ['edts', 'elst'])
  if (list === undefined) return { shift: 0, end: Number.POSITIVE_INFINITY }
  if (movie.readUInt8(list.start) !== 0) return undefined
  const { count, start } = entries(movie, list, 3)
  if (count !== 1 || movie.readUInt32BE(start) === 0 || movie.readUInt32BE(start + 8) !== 65536) return undefined
  const shift = movie.readInt32BE(start + 4)
  const [whole, media] = [timescale(movie, root, ['mvhd']), timescale(movie, track, ['mdia', 'mdhd'])]
  if (shift < 0 || !whole || !media) return undefined
  return { shift, end: shift + (movie.readUInt32BE(start) * media) / whole }
}

/**
 * The packets of a track as the sample tables of its movie header tell (ISO 14496-12 §8.6), in decode order: what
 * demuxing would find, without reading the file. Undefined when the tables are incomplete, cut short, hold more than `most`
 * samples, or where edits do more than shift all of them; the caller checks the result against real packets. A track without
 * `stss` is all key frames.
 */
export const mp4Samples = (movie: Buffer, trackId: number, most: number): PacketMark[] | undefined => {
  try {
    return samplesOf(movie, trackId, most)
  } catch (error) {
    // A box shorter than the numbers it should hold, at the end of the header.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const samplesOf = (movie: Buffer, trackId: number, most: number): PacketMark[] | undefined => {
  const root = { type: 'moov', start: 0, end: movie.length }
  const track = boxesIn(movie, 0, movie.length).find(box => {
    const head = box.type === 'trak' ? boxAt(movie, box, ['tkhd']) : undefined
    return head && movie.readUInt32BE(head.start + (movie.readUInt8(head.start) === 1 ? 20 : 12)) === trackId
  })
  const tables = track && boxAt(movie, track, ['mdia', 'minf', 'stbl'])
  if (track === undefined || tables === undefined || boxAt(movie, root, ['mvex'])) return undefined
  const sizes = boxAt(movie, tables, ['stsz'])
  const durations = boxAt(movie, tables, ['stts'])
  const offsets = boxAt(movie, tables, ['ctts'])
  const sync = boxAt(movie, tables, ['stss'])
  const edit = editOf(movie, root, track)
  if (sizes === undefined || durations === undefined || edit === undefined) return undefined
  const count = movie.readUInt32BE(sizes.start + 8)
  if (count > most) return undefined
  const steps = unrolled(movie, durations, count, false)
  const delays = offsets === undefined ? new Float64Array(count) : unrolled(movie, offsets, count, true)
  if (steps === undefined || delays === undefined) return undefined
  const keys = keyFlags(movie, sync, count)
  const marks: PacketMark[] = []
  for (let i = 0, dts = -edit.shift; i < count; dts += steps[i]!, i++) {
    const pts = dts + delays[i]!
    // Hidden by the edit, which may end long before the last group of pictures does.
    if (pts < 0 || pts + edit.shift >= edit.end) return undefined
    marks.push({ pts, dts, key: keys[i] === 1, shown: true })
  }
  return marks
}
