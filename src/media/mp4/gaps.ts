import { type Box, boxAt, boxesIn } from './boxes.ts'

/** Seconds of a track, from its start on, in which nothing is shown. */
export interface Gap {
  readonly from: number
  readonly to: number
}

/** Ticks a second, which a header box of version 0 or 1 says behind its times of creation and change. */
const timescale = (movie: Buffer, box: Box | undefined): number =>
  box === undefined ? 0 : movie.readUInt32BE(box.start + (movie.readUInt8(box.start) === 1 ? 20 : 12))

/** Duration and media time of each edit (ISO 14496-12 §8.6.6). */
const editsIn = (movie: Buffer, { start, end }: Box): readonly (readonly [duration: number, from: number])[] => {
  const wide = movie.readUInt8(start) === 1
  const size = wide ? 20 : 12
  const count = Math.min(movie.readUInt32BE(start + 4), Math.floor((end - start - 8) / size))
  return Array.from({ length: count }, (_, i) => {
    const at = start + 8 + i * size
    return wide
      ? [Number(movie.readBigUInt64BE(at)), Number(movie.readBigInt64BE(at + 8))]
      : [movie.readUInt32BE(at), movie.readInt32BE(at + 4)]
  })
}

const gapsOf = (movie: Buffer, track: Box, second: number): readonly Gap[] => {
  const list = boxAt(movie, track, ['edts', 'elst'])
  const own = timescale(movie, boxAt(movie, track, ['mdia', 'mdhd']))
  if (list === undefined || second === 0 || own === 0) return []
  const gaps: Gap[] = []
  let shown = false
  let ticks = 0
  for (const [duration, from] of editsIn(movie, list)) {
    const end = ticks + Math.round((duration * own) / second)
    if (from === -1 && shown && end > ticks) gaps.push({ from: ticks / own, to: end / own })
    shown ||= from !== -1
    ticks = end
  }
  return gaps
}

/**
 * The empty edits between and after others, of each track of a movie header. FFmpeg takes them for edits that begin one tick
 * before the first picture, and repeats pictures that no player shows there; empty edits that come first it knows.
 */
export const editGaps = (movie: Buffer): readonly (readonly Gap[])[] => {
  try {
    const boxes = boxesIn(movie, 0, movie.length)
    const second = timescale(
      movie,
      boxes.find(({ type }) => type === 'mvhd'),
    )
    return boxes.filter(({ type }) => type === 'trak').map(track => gapsOf(movie, track, second))
  } catch (error) {
    // A box shorter than the numbers it should hold.
    if (error instanceof RangeError) return []
    throw error
  }
}

/** The pictures that lie in no gap; `tick`: seconds per tick. */
export const outsideGaps = <A extends { readonly tick: number }>(
  pictures: readonly A[],
  gaps: readonly Gap[],
  tick: number,
): readonly A[] => {
  const isShown = (seconds: number) => gaps.every(({ from, to }) => seconds < from || seconds >= to)
  return gaps.length === 0 ? pictures : pictures.filter(picture => isShown((picture.tick + 0.5) * tick))
}
