import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import { clipOf, measuredFps } from '../clip.ts'
import type { Info } from '../info.ts'
import { overDeclares } from '../mp4/declared.ts'
import { type Gap, outsideGaps } from '../mp4/gaps.ts'
import { movieHeader } from '../mp4/moov.ts'
import { fromTheStart } from '../palette.ts'
import { layoutOf, type Picture } from '../picture.ts'
import { pictureFacts } from '../picture-facts.ts'
import { tooManyPixels } from '../picture-faults.ts'
import { lostPackets } from '../request.ts'
import { noVideo } from '../streams.ts'
import { checkedPictures, checkedTimeline, leaps, openingOf, orderly, straight, type Timeline } from '../timeline.ts'
import type { MediaFault } from '../types.ts'
import { type Described, parseDescription } from './description.ts'
import { type Listing, parseListing } from './listing.ts'
import { decodedPictures } from './pictures.ts'
import { run, type Session } from './program.ts'
import { aboutPictures } from './said.ts'
import { trackOf } from './track.ts'

/** About the bytes of a line of a listing. */
const lineBytes = 100

const list = (
  session: Session,
  how: readonly string[],
): TE.TaskEither<MediaFault, { readonly listing: Listing; readonly said: string }> => {
  const chunks: Buffer[] = []
  return F.pipe(
    run(session, {
      after: [...how, '-copyts', '-f', 'framecrc'],
      maxBytes: 4096 + lineBytes * session.settings.limits.frames,
      onBytes: chunk => chunks.push(chunk),
    }),
    TE.flatMapEither(({ said }) => {
      const listing = parseListing(Buffer.concat(chunks).toString('latin1'))
      return listing === undefined ? E.left(refusal(session, said)) : E.right({ listing, said })
    }),
  )
}

const refusal = ({ file, settings }: Session, said: string): MediaFault => {
  const last = said === '' ? 'ffmpeg found no video and said nothing' : said.split('\n').at(-1)
  const told = parseDescription(said)
  if (/does not contain any stream|matches no streams/.test(said)) return noVideo(file, told.streams, told)
  const [, width, height] = /Video:.*?, (\d+)x(\d+)/.exec(said) ?? /Picture size (\d+)x(\d+) exceeds/.exec(said) ?? []
  const size = { width: Number(width), height: Number(height) }
  return size.width * size.height > settings.limits.pixels
    ? tooManyPixels(file.path, size, settings.limits.pixels)
    : fault('NotAVideo', `${file.path}: ${last}`, 'Check that the file is a complete video in a common container.')
}

/** The pictures of a stream: what the program says, and of ISO media files what their header says besides. */
const pictureOf = async ({ file }: Session, { width, height }: Listing, told: Described): Promise<Picture> => {
  const track = told.index === undefined ? undefined : await trackOf(file.path, file.bytes, told.index)
  const encrypted = track?.entry === 'encv' || track?.entry === 'drmi' ? track.entry : told.picture.encrypted
  return { ...told.picture, width, height, encrypted, matrix: track?.matrix ?? turned(told.turn) }
}

/** The display matrix of a clockwise turn. */
const turned = (degrees: number): readonly number[] => {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]
  return [cos, sin, 0, -sin, cos, 0, 0, 0, 1]
}

/** What was learned of a stream's frames. */
interface Learned {
  readonly line: Timeline
  readonly timed: boolean
  readonly skipped: number
  readonly excused?: readonly string[]
}

/** What bears on how frames are learned. */
interface Circumstances {
  readonly leaping: boolean
  readonly overDeclared: boolean
  readonly gaps: readonly Gap[]
}

/** Whether the movie header declares more samples than there are. */
const declaresMore =
  ({ file }: Session): TE.TaskEither<MediaFault, boolean> =>
  async () => {
    if (file.samplesEnd === undefined) return E.right(false)
    const movie = await movieHeader(file.path, file.bytes)
    return E.right(movie !== undefined && overDeclares(movie, file.samplesEnd))
  }

/** The frames of a listing whose ticks tell pictures apart, without those of the opening that do not come out. */
const byTicks = (
  session: Session,
  { marks, tick }: Listing,
  { leaping }: Circumstances,
): TE.TaskEither<MediaFault, Learned> => {
  const { file, settings } = session
  const { limits, onDamage } = settings
  const clock = { tick, leaping }
  return F.pipe(
    TE.fromEither(checkedTimeline(file.path, marks, clock, limits)),
    TE.flatMap(line => {
      if (onDamage !== 'skip' || (marks[0]?.key && openingOf(line).length === 0))
        return TE.right({ line, timed: true, skipped: 0 })
      return F.pipe(
        decodedPictures(session, 1),
        TE.flatMapEither(({ pictures, said }) => {
          const excused = aboutPictures(said, true)
          // What was made up where references are missing comes out as well: an opening that raised complaints is skipped whole.
          const whole =
            excused.length === 0 ? Number.NEGATIVE_INFINITY : (line.keys[0]?.pts ?? Number.NEGATIVE_INFINITY)
          const first = Math.max(whole, pictures[0]?.tick ?? Number.POSITIVE_INFINITY)
          const kept = marks.map(mark => ({ ...mark, shown: mark.shown && mark.pts >= first }))
          return F.pipe(
            checkedTimeline(file.path, kept, clock, limits),
            E.map(shorter => ({
              line: shorter,
              timed: true,
              skipped: line.ids.length - shorter.ids.length,
              excused,
            })),
          )
        }),
      )
    }),
  )
}

/** The frames that decoding gives, where ticks do not tell pictures apart. */
const byPictures = (
  session: Session,
  { marks, tick, timed }: Listing,
  { leaping, overDeclared, gaps }: Circumstances,
): TE.TaskEither<MediaFault, Learned> => {
  const { file, settings } = session
  const { limits, onDamage } = settings
  // The muxer of the listing lifts decode times that fall to the one before.
  const joined = marks.some((mark, i) => i > 0 && mark.dts <= marks[i - 1]!.dts)
  const shown = marks.flatMap(mark => (mark.shown ? [mark.pts] : [])).sort((a, b) => a - b)
  return F.pipe(
    decodedPictures(session),
    TE.flatMapEither(({ pictures }) => {
      const lost = timed && !overDeclared ? Math.max(0, shown.length - pictures.length) : 0
      if (lost > 0 && onDamage === 'refuse') return E.left(lostPackets(file.path, lost, shown.length))
      // Where only the order of times is wrong, the program would guess times; the packets have them.
      const told = orderly(marks) && shown.length === pictures.length
      const timely = told ? pictures.map((picture, i) => ({ ...picture, tick: shown[i]! })) : pictures
      return F.pipe(
        checkedPictures(file.path, { pictures: outsideGaps(timely, gaps, tick), tick, joined, leaping }, limits),
        E.map(line => ({ line, timed: false, skipped: lost })),
      )
    }),
  )
}

/** Whether ticks tell the pictures of a listing apart, and their order: where they say that none is reordered, some are decoded. */
const reliable = (session: Session, { marks, timed, codec }: Listing): TE.TaskEither<MediaFault, boolean> =>
  !timed || !orderly(marks)
    ? TE.right(false)
    : !straight(marks) || !reordering.has(codec)
      ? TE.right(true)
      : F.pipe(
          decodedPictures(session, 64),
          TE.map(({ pictures }) => pictures.every(({ tick }, i) => i === 0 || tick > pictures[i - 1]!.tick)),
        )

/** Codecs whose pictures lose their order where a container loses their composition offsets. */
const reordering: ReadonlySet<string> = new Set(['h264', 'hevc', 'mpeg4'])

/**
 * Learns a file by letting ffmpeg copy its packets into a listing; where packets carry no presentation times, or times that
 * do not tell pictures apart, by letting it decode them all.
 */
export const inspect = (session: Session): TE.TaskEither<MediaFault, Info> => {
  const { file, settings } = session
  return F.pipe(
    list(session, ['-c', 'copy', '-copyinkf']),
    TE.bind('told', ({ said }) => {
      const told = parseDescription(said)
      return told.cover ? TE.left(noVideo(file, told.streams, told)) : TE.right(told)
    }),
    TE.bind('picture', ({ listing, told }) => TE.fromTask(() => pictureOf(session, listing, told))),
    TE.bind('layout', ({ picture }) => TE.fromEither(layoutOf(file.path, picture, settings))),
    TE.bind('overDeclared', () => declaresMore(session)),
    TE.bind('good', ({ listing }) => reliable(session, listing)),
    TE.bind('learned', ({ listing, said, told, good, overDeclared }) => {
      const leaping = leaps(/^Input #0, (\w+)/m.exec(said)?.[1])
      const gaps = file.gaps?.[told.index ?? 0] ?? []
      return (good ? byTicks : byPictures)(session, listing, { leaping, overDeclared, gaps })
    }),
    TE.map(({ listing, told, picture, layout, overDeclared, learned }): Info => {
      const { line, timed, skipped, excused } = learned
      const measured = measuredFps(line)
      const rates = { fps: unrounded(told.fps, measured), realFps: unrounded(told.realFps, measured) }
      const { width, height } = layout
      return {
        clip: {
          ...clipOf(file.path, line, { codec: listing.codec, width, height, rotation: 0, ...rates }),
          ...pictureFacts(file, picture, layout),
          ...(skipped === 0 ? {} : { skippedFrames: skipped }),
        },
        line: fromTheStart(line, picture.pixelFormat),
        timed,
        layout,
        ...(excused && { excused }),
        ...(overDeclared && { overDeclared }),
      }
    }),
  )
}

/**
 * ffmpeg prints two digits: the whole or NTSC rate that it prints so, else the measured one where that rounds to what was
 * printed, else what was printed.
 */
const unrounded = (printed: number | undefined, measured: number | undefined): number | undefined => {
  if (!printed || measured === undefined) return printed || measured
  const whole = Math.round(printed)
  return [whole, (whole * 1000) / 1001, measured].find(rate => rate > 0 && Math.abs(printed - rate) <= 0.005) ?? printed
}
