import { either as E, function as F } from 'fp-ts'
import { clipOf } from '../clip.ts'
import type { ColourCodes } from '../colour.ts'
import type { DecoderSettings } from '../decoder.ts'
import type { PlainFile } from '../file.ts'
import type { Info } from '../info.ts'
import type { Limits } from '../limits.ts'
import { outsideGaps } from '../mp4/gaps.ts'
import { fromTheStart } from '../palette.ts'
import { layoutOf, type Picture } from '../picture.ts'
import { pictureFacts } from '../picture-facts.ts'
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
import type { Av } from './load.ts'
import { open, type Source } from './open.ts'
import { isEncrypted, pictureOf, recordedPicture } from './picture.ts'
import { allPictures, inTimeOrder, tellsOfReordering, undecodable } from './pictures.ts'
import { scan, type Walk } from './scan.ts'
import type { Steps } from './steps.ts'
import { tablePackets } from './table.ts'
import { coloursOf } from './tags.ts'

const rate = ({ num, den }: { num: number; den: number }) => (num > 0 && den > 0 ? num / den : undefined)

/** How frames are known, and how many were left out before. */
interface Known {
  readonly timed: boolean
  readonly skipped: number
}

/** What a timeline, and the stream as FFmpeg describes it, make of a file. */
function* infoOf(
  av: Av,
  source: Source,
  line: Timeline,
  { timed, skipped }: Known,
  settings: DecoderSettings,
): Steps<Info> {
  const { file, stream } = source
  const picture = yield* describe(av, source, settings.limits)
  if (E.isLeft(picture)) return picture
  return F.pipe(
    layoutOf(file.path, picture.right, settings),
    E.map(layout => {
      const codec = av.avGetCodecName(stream.codecpar.codecId) ?? 'unknown'
      const rates = { fps: rate(stream.avgFrameRate), realFps: rate(stream.rFrameRate) }
      const { width, height } = layout
      return {
        clip: {
          ...clipOf(file.path, line, { codec, width, height, rotation: 0, ...rates }),
          ...pictureFacts(file, picture.right, layout),
          ...(skipped === 0 ? {} : { skippedFrames: skipped }),
        },
        line: fromTheStart(line, picture.right.pixelFormat),
        timed,
        layout,
      }
    }),
  )
}

/**
 * What FFmpeg finds in the first packets: colours, the shape of pixels and the true size are often told nowhere else. A
 * file that was opened without looking there, or that could be encrypted, is opened once more, for a millisecond.
 */
function* describe(av: Av, source: Source, limits: Limits): Steps<Picture> {
  const encryptable = source.format.iformat?.name?.startsWith('mov') ?? false
  if (source.analysed && !encryptable) return yield* coloured(av, source, limits)
  const analyse = recordedPicture(av, source) === undefined
  return yield* withSource(av, source.file, limits, fresh => told(av, fresh, limits), analyse)
}

function* coloured(av: Av, source: Source, limits: Limits): Steps<Picture> {
  const recorded = source.analysed ? undefined : recordedPicture(av, source)
  return E.map((colour: ColourCodes) => pictureOf(av, source, colour, recorded))(yield* coloursOf(av, source, limits))
}

function* told(av: Av, source: Source, limits: Limits): Steps<Picture> {
  const picture = yield* coloured(av, source, limits)
  if (E.isLeft(picture) || picture.right.encrypted !== undefined) return picture
  const encrypted = yield* isEncrypted(av, source)
  return E.isLeft(encrypted) || !encrypted.right ? picture : E.right({ ...picture.right, encrypted: 'encv' })
}

/** Opens a file, does something with it, and closes it. */
function* withSource<A>(
  av: Av,
  file: PlainFile,
  limits: Limits,
  use: (source: Source) => Steps<A>,
  analyse = false,
): Steps<A> {
  const opened = yield* open(av, file, limits, analyse)
  if (E.isLeft(opened)) return opened
  try {
    return yield* use(opened.right)
  } finally {
    opened.right.format.closeInputSync()
  }
}

/** The file by the ticks of its packets, without the frames of its opening that cannot be decoded where those are skipped. */
function* byTicks(av: Av, source: Source, marks: readonly PacketMark[], settings: DecoderSettings): Steps<Info> {
  const { file, tick, format } = source
  const { limits, onDamage } = settings
  const clock = { tick, leaping: leaps(format.iformat?.name) }
  const line = checkedTimeline(file.path, marks, clock, limits)
  if (E.isLeft(line)) return line
  const wanted = onDamage === 'skip' ? openingOf(line.right) : []
  if (wanted.length === 0) return yield* infoOf(av, source, line.right, { timed: true, skipped: 0 }, settings)
  const lost = yield* withSource(av, file, limits, fresh => undecodable(av, fresh, wanted, limits))
  if (E.isLeft(lost)) return lost
  const kept = marks.map(mark => ({ ...mark, shown: mark.shown && !lost.right.has(mark.pts) }))
  const shorter = checkedTimeline(file.path, kept, clock, limits)
  if (E.isLeft(shorter)) return shorter
  return yield* infoOf(av, source, shorter.right, { timed: true, skipped: lost.right.size }, settings)
}

/** The file by the pictures that decoding all of it gives. */
function* byPictures(
  av: Av,
  source: Source,
  marks: readonly PacketMark[] | undefined,
  settings: DecoderSettings,
): Steps<Info> {
  const { file, tick, format } = source
  const { limits, onDamage } = settings
  const decoded = yield* withSource(av, file, limits, fresh => allPictures(av, fresh, limits))
  if (E.isLeft(decoded)) return decoded
  const whole = onDamage === 'skip' ? decoded.right.filter(({ damaged }) => !damaged) : decoded.right
  const pictures = outsideGaps(whole, file.gaps?.[source.stream.index] ?? [], tick)
  const packets = marks?.filter(({ shown }) => shown).length ?? decoded.right.length
  const lost = Math.max(0, packets - decoded.right.length)
  if (lost > 0 && onDamage === 'refuse') return E.left(lostPackets(file.path, lost, packets))
  const restarts = { joined: joins(marks ?? []), leaping: leaps(format.iformat?.name) }
  const line = checkedPictures(file.path, { pictures, tick, ...restarts }, limits)
  if (E.isLeft(line)) return line
  const skipped = lost + decoded.right.length - whole.length
  return yield* infoOf(av, source, line.right, { timed: false, skipped }, settings)
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

/**
 * Learns the packets of a file: from the movie header of an MP4 where the demuxer confirms it, else by walking through
 * them, else (no presentation times, or times that do not tell pictures apart) by decoding them all.
 */
export function* inspect(av: Av, file: PlainFile, settings: DecoderSettings, movie: Buffer | undefined): Steps<Info> {
  const { limits } = settings
  if (movie !== undefined) {
    const told = yield* withSource<Info | undefined>(av, file, limits, function* (source) {
      const walk = yield* tablePackets(av, source, movie, limits)
      if (E.isLeft(walk)) return walk
      if (walk.right === undefined) return E.right(undefined)
      const good = yield* reliable(av, source, walk.right, limits)
      if (E.isLeft(good)) return good
      return good.right ? yield* byTicks(av, source, walk.right.marks, settings) : E.right(undefined)
    })
    if (E.isLeft(told)) return told
    if (told.right !== undefined) return E.right(told.right)
  }
  return yield* withSource(av, file, limits, function* (source) {
    const walk = yield* scan(av, source, limits)
    if (E.isLeft(walk)) return walk
    if (walk.right === undefined) return yield* byPictures(av, source, undefined, settings)
    const good = yield* reliable(av, source, walk.right, limits)
    if (E.isLeft(good)) return good
    return good.right
      ? yield* byTicks(av, source, walk.right.marks, settings)
      : yield* byPictures(av, source, walk.right.marks, settings)
  })
}
