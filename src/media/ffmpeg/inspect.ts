import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import { clipOf, measuredFps } from '../clip.ts'
import type { Info } from '../info.ts'
import { overDeclares } from '../mp4/declared.ts'
import { movieHeader } from '../mp4/moov.ts'
import { lostPackets } from '../request.ts'
import { checkedPictures, checkedTimeline, leaps, openingOf, orderly, straight, type Timeline } from '../timeline.ts'
import type { MediaFault, OnDamage } from '../types.ts'
import { type Listing, parseDescription, parseListing } from './listing.ts'
import { decodedPictures } from './pictures.ts'
import { run, type Session } from './program.ts'
import { aboutPictures } from './said.ts'

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
      maxBytes: 4096 + lineBytes * session.limits.frames,
      onBytes: chunk => chunks.push(chunk),
    }),
    TE.flatMapEither(({ said }) => {
      const listing = parseListing(Buffer.concat(chunks).toString('latin1'))
      return listing === undefined ? E.left(refusal(session, said)) : E.right({ listing, said })
    }),
  )
}

const refusal = ({ file, limits }: Session, said: string): MediaFault => {
  const last = said === '' ? 'ffmpeg found no video and said nothing' : said.split('\n').at(-1)
  if (/does not contain any stream|matches no streams/.test(said))
    return fault('NoVideoStream', `${file.path} has streams and none is video`, 'Give a video file.')
  const size = /Video:.*?, (\d+)x(\d+)/.exec(said) ?? /Picture size (\d+)x(\d+) exceeds/.exec(said)
  return size !== null && Number(size[1]) * Number(size[2]) > limits.pixels
    ? fault(
        'TooLarge',
        `${file.path} has pictures of ${size[1]}×${size[2]} = ${Number(size[1]) * Number(size[2])} pixels, the limit is ${limits.pixels}`,
        'Raise limits.pixels if you trust the file.',
      )
    : fault('NotAVideo', `${file.path}: ${last}`, 'Check that the file is a complete video in a common container.')
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
  readonly onDamage: OnDamage
  readonly overDeclared: boolean
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
  { leaping, onDamage }: Circumstances,
): TE.TaskEither<MediaFault, Learned> => {
  const { file, limits } = session
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
  { leaping, onDamage, overDeclared }: Circumstances,
): TE.TaskEither<MediaFault, Learned> => {
  const { file, limits } = session
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
        checkedPictures(file.path, { pictures: timely, tick, joined, leaping }, limits),
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
export const inspect = (session: Session, onDamage: OnDamage): TE.TaskEither<MediaFault, Info> =>
  F.pipe(
    list(session, ['-c', 'copy', '-copyinkf']),
    TE.flatMap(({ listing, said }) => {
      const { file, limits } = session
      if (listing.width * listing.height > limits.pixels)
        return TE.left(
          fault(
            'TooLarge',
            `${file.path} has pictures of ${listing.width}×${listing.height} = ${listing.width * listing.height} pixels, the limit is ${limits.pixels}`,
            'Raise limits.pixels if you trust the file.',
          ),
        )
      const leaping = leaps(/^Input #0, (\w+)/m.exec(said)?.[1])
      return F.pipe(
        TE.Do,
        TE.bind('overDeclared', () => declaresMore(session)),
        TE.bind('good', () => reliable(session, listing)),
        TE.bind('learned', ({ good, overDeclared }) =>
          (good ? byTicks : byPictures)(session, listing, { leaping, onDamage, overDeclared }),
        ),
        TE.map(({ overDeclared, learned: { line, timed, skipped, excused } }): Info => {
          const told = parseDescription(said)
          const measured = measuredFps(line)
          const rates = { fps: unrounded(told.fps, measured), realFps: unrounded(told.realFps, measured) }
          const clip = clipOf(file.path, line, { ...listing, ...told, ...rates })
          return {
            clip: skipped === 0 ? clip : { ...clip, skippedFrames: skipped },
            line,
            timed,
            ...(excused && { excused }),
            ...(overDeclared && { overDeclared }),
          }
        }),
      )
    }),
  )

/**
 * ffmpeg prints two digits: the whole or NTSC rate that it prints so, else the measured one where that rounds to what was
 * printed, else what was printed.
 */
const unrounded = (printed: number | undefined, measured: number | undefined): number | undefined => {
  if (!printed || measured === undefined) return printed || measured
  const whole = Math.round(printed)
  return [whole, (whole * 1000) / 1001, measured].find(rate => rate > 0 && Math.abs(printed - rate) <= 0.005) ?? printed
}
