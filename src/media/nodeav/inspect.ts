import { either as E, function as F } from 'fp-ts'
import { clipOf } from '../clip.ts'
import type { PlainFile } from '../file.ts'
import type { Info } from '../info.ts'
import type { Limits } from '../limits.ts'
import { lostPackets } from '../request.ts'
import {
  checkedPictures,
  checkedTimeline,
  joins,
  leaps,
  openingOf,
  orderly,
  type PacketMark,
  straight,
  type Timeline,
} from '../timeline.ts'
import type { OnDamage } from '../types.ts'
import type { Av } from './load.ts'
import { open, type Source } from './open.ts'
import { allPictures, inTimeOrder, tellsOfReordering, undecodable } from './pictures.ts'
import { scan, type Walk } from './scan.ts'
import type { Steps } from './steps.ts'
import { tablePackets } from './table.ts'

const rate = ({ num, den }: { num: number; den: number }) => (num > 0 && den > 0 ? num / den : undefined)

/** The clip of a timeline, of which so many frames were left out before. */
const infoOf = (av: Av, { file, stream, rotation }: Source, line: Timeline, timed: boolean, skipped: number): Info => {
  const clip = clipOf(file.path, line, {
    codec: av.avGetCodecName(stream.codecpar.codecId) ?? 'unknown',
    width: stream.codecpar.width,
    height: stream.codecpar.height,
    rotation,
    fps: rate(stream.avgFrameRate),
    realFps: rate(stream.rFrameRate),
  })
  return { clip: skipped === 0 ? clip : { ...clip, skippedFrames: skipped }, line, timed }
}

/** Opens a file, does something with it, and closes it. */
function* withSource<A>(av: Av, file: PlainFile, limits: Limits, use: (source: Source) => Steps<A>): Steps<A> {
  const opened = yield* open(av, file, limits)
  if (E.isLeft(opened)) return opened
  try {
    return yield* use(opened.right)
  } finally {
    opened.right.format.closeInputSync()
  }
}

/** The file by the ticks of its packets, without the frames of its opening that cannot be decoded where those are skipped. */
function* byTicks(
  av: Av,
  source: Source,
  marks: readonly PacketMark[],
  { limits, onDamage }: InspectOptions,
): Steps<Info> {
  const { file, tick, format } = source
  const clock = { tick, leaping: leaps(format.iformat?.name) }
  const line = checkedTimeline(file.path, marks, clock, limits)
  if (E.isLeft(line) || onDamage !== 'skip') return E.map((l: Timeline) => infoOf(av, source, l, true, 0))(line)
  const wanted = openingOf(line.right)
  if (wanted.length === 0) return E.right(infoOf(av, source, line.right, true, 0))
  const lost = yield* withSource(av, file, limits, fresh => undecodable(av, fresh, wanted, limits))
  if (E.isLeft(lost)) return lost
  const kept = marks.map(mark => ({ ...mark, shown: mark.shown && !lost.right.has(mark.pts) }))
  return F.pipe(
    checkedTimeline(file.path, kept, clock, limits),
    E.map(shorter => infoOf(av, source, shorter, true, lost.right.size)),
  )
}

/** The file by the pictures that decoding all of it gives. */
function* byPictures(
  av: Av,
  source: Source,
  marks: readonly PacketMark[] | undefined,
  { limits, onDamage }: InspectOptions,
): Steps<Info> {
  const { file, tick, format } = source
  const decoded = yield* withSource(av, file, limits, fresh => allPictures(av, fresh, limits))
  if (E.isLeft(decoded)) return decoded
  const whole = onDamage === 'skip' ? decoded.right.filter(({ damaged }) => !damaged) : decoded.right
  const packets = marks?.filter(({ shown }) => shown).length ?? decoded.right.length
  const lost = Math.max(0, packets - decoded.right.length)
  if (lost > 0 && onDamage === 'refuse') return E.left(lostPackets(file.path, lost, packets))
  const restarts = { joined: joins(marks ?? []), leaping: leaps(format.iformat?.name) }
  return F.pipe(
    checkedPictures(file.path, { pictures: whole, tick, ...restarts }, limits),
    E.map(line => infoOf(av, source, line, false, lost + decoded.right.length - whole.length)),
  )
}

/**
 * Whether ticks tell the pictures of these packets apart, and their order. Where pictures are reordered and no time says so,
 * the first of them are decoded to see; most streams reorder none, or say so.
 */
function* reliable(av: Av, source: Source, { marks, suspect }: Walk, limits: Limits): Steps<boolean> {
  if (!orderly(marks)) return E.right(false)
  if (!straight(marks)) return E.right(true)
  const told = suspect ? E.right(true) : yield* tellsOfReordering(av, source, limits)
  if (E.isLeft(told) || !told.right) return E.map(() => true)(told)
  return yield* withSource(av, source.file, limits, fresh => inTimeOrder(av, fresh, limits))
}

/** What inspection needs to know of a decoder's settings. */
export interface InspectOptions {
  readonly limits: Limits
  readonly onDamage: OnDamage
}

/**
 * Learns the packets of a file: from the movie header of an MP4 where the demuxer confirms it, else by walking through
 * them, else (no presentation times, or times that do not tell pictures apart) by decoding them all.
 */
export function* inspect(av: Av, file: PlainFile, options: InspectOptions, movie: Buffer | undefined): Steps<Info> {
  const { limits } = options
  if (movie !== undefined) {
    const told = yield* withSource(av, file, limits, function* (source) {
      const walk = yield* tablePackets(av, source, movie, limits)
      if (E.isLeft(walk)) return walk
      if (walk.right === undefined) return E.right(undefined)
      const good = yield* reliable(av, source, walk.right, limits)
      if (E.isLeft(good)) return good
      return good.right ? yield* byTicks(av, source, walk.right.marks, options) : E.right(undefined)
    })
    if (E.isLeft(told)) return told
    if (told.right !== undefined) return E.right(told.right)
  }
  return yield* withSource(av, file, limits, function* (source) {
    const walk = yield* scan(av, source, limits)
    if (E.isLeft(walk)) return walk
    if (walk.right === undefined) return yield* byPictures(av, source, undefined, options)
    const good = yield* reliable(av, source, walk.right, limits)
    if (E.isLeft(good)) return good
    return good.right
      ? yield* byTicks(av, source, walk.right.marks, options)
      : yield* byPictures(av, source, walk.right.marks, options)
  })
}
