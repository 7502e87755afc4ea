import { boxAt, boxesIn } from './boxes.ts'

/**
 * Whether the tracks of a movie header declare more bytes of samples (`stsz`, ISO 14496-12 §8.7.3) than there are up to the end
 * of the last box of samples. Such samples are other bytes of the file, or none.
 */
export const overDeclares = (movie: Buffer, samplesEnd: number): boolean => {
  let bytes = 0
  for (const track of boxesIn(movie, 0, movie.length)) {
    const sizes = track.type === 'trak' ? boxAt(movie, track, ['mdia', 'minf', 'stbl', 'stsz']) : undefined
    if (sizes === undefined || sizes.end - sizes.start < 12) continue
    const [each, count] = [movie.readUInt32BE(sizes.start + 4), movie.readUInt32BE(sizes.start + 8)]
    if (each > 0) bytes += each * count
    else for (let at = sizes.start + 12; at + 4 <= sizes.end; at += 4) bytes += movie.readUInt32BE(at)
  }
  return bytes > samplesEnd
}
