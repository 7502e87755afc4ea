import { type FileHandle, open } from 'node:fs/promises'
import { type Box, boxAt, boxesIn, boxHead } from '../mp4/boxes.ts'

/** What an ISO media file says of a track and the ffmpeg program does not write out. */
export interface Track {
  /** The display matrix, with that of the movie: nine entries. */
  readonly matrix: readonly number[]
  /** The type of its sample entries: how the samples are coded, or that they are encrypted (`encv`). */
  readonly entry: string
}

/** Largest movie header that is read. */
const most = 64 * 2 ** 20

/** The content of the first movie header, of fragmented files too. */
const movieOf = async (file: FileHandle, bytes: number): Promise<Buffer | undefined> => {
  const head = Buffer.alloc(16)
  for (let offset = 0; offset + 8 <= bytes; ) {
    const { bytesRead } = await file.read(head, 0, 16, offset)
    const box = boxHead(head.subarray(0, bytesRead), 0, bytes - offset)
    if (box === undefined || (box.type === 'moov' && box.size > most)) return undefined
    if (box.type === 'moov') {
      const movie = Buffer.alloc(box.size - box.head)
      await file.read(movie, 0, movie.length, offset + box.head)
      return movie
    }
    offset += box.size
  }
  return undefined
}

const entriesAt = (movie: Buffer, box: Box | undefined, version0: number, version1: number): number[] => {
  if (box === undefined) return identity
  const start = box.start + (movie.readUInt8(box.start) === 1 ? version1 : version0)
  return start + 36 > box.end ? identity : Array.from({ length: 9 }, (_, i) => movie.readInt32BE(start + 4 * i))
}

const identity = [2 ** 16, 0, 0, 0, 2 ** 16, 0, 0, 0, 2 ** 30]

/** Fraction bits of the three columns. */
const bits = [16, 16, 30]

/** The track's matrix followed by the movie's (`mov_read_tkhd` in libavformat/mov.c). */
const product = (track: readonly number[], movie: readonly number[]): number[] =>
  Array.from({ length: 9 }, (_, i) => {
    const [row, column] = [3 * Math.floor(i / 3), i % 3]
    return bits.reduce((sum, shift, k) => sum + Math.floor((track[row + k]! * movie[3 * k + column]!) / 2 ** shift), 0)
  })

const trackIn = (movie: Buffer, index: number): Track | undefined => {
  const boxes = boxesIn(movie, 0, movie.length)
  const track = boxes.filter(({ type }) => type === 'trak')[index]
  if (track === undefined) return undefined
  const own = entriesAt(movie, boxAt(movie, track, ['tkhd']), 40, 52)
  const all = entriesAt(
    movie,
    boxes.find(({ type }) => type === 'mvhd'),
    36,
    48,
  )
  const samples = boxAt(movie, track, ['mdia', 'minf', 'stbl', 'stsd'])
  const entry =
    samples === undefined || samples.start + 16 > samples.end
      ? ''
      : movie.toString('latin1', samples.start + 12, samples.start + 16)
  return { matrix: product(own, all), entry }
}

/** The track of a stream, by its place in the file; undefined in other containers, or where the header makes no sense. */
export const trackOf = async (path: string, bytes: number, index: number): Promise<Track | undefined> => {
  const file = await open(path, 'r').catch(() => undefined)
  if (file === undefined) return undefined
  try {
    const movie = await movieOf(file, bytes)
    return movie && trackIn(movie, index)
  } catch {
    // A box that ends before what it should hold: FFmpeg takes no more from it either.
    return undefined
  } finally {
    await file.close()
  }
}
