import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import { clipOf, measuredFps } from '../clip.ts'
import type { Info } from '../info.ts'
import { fromTheStart } from '../palette.ts'
import { layoutOf, type Picture } from '../picture.ts'
import { pictureFacts } from '../picture-facts.ts'
import { tooManyPixels } from '../picture-faults.ts'
import { noVideo } from '../streams.ts'
import { checkedTimeline } from '../timeline.ts'
import type { MediaFault } from '../types.ts'
import { type Described, parseDescription } from './description.ts'
import { type Listing, parseListing } from './listing.ts'
import { run, type Session } from './program.ts'
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

/** A listing, what was said on the way, and whether its packets carry presentation times. */
interface Listed {
  readonly listing: Listing
  readonly said: string
  readonly timed: boolean
}

/** The packets of a file, copied; where they carry no presentation times, all of its pictures, decoded. */
const listed = (session: Session): TE.TaskEither<MediaFault, Listed> =>
  F.pipe(
    list(session, ['-c', 'copy', '-copyinkf']),
    TE.flatMap(
      ({ listing, said }): TE.TaskEither<MediaFault, Listed> =>
        listing.timed
          ? TE.right({ listing, said, timed: true })
          : F.pipe(
              list(session, [
                ...session.program.everyFrame,
                '-vf',
                'scale=2:2',
                '-c:v',
                'rawvideo',
                '-enc_time_base',
                listing.timeBase,
              ]),
              TE.map(decoded => ({
                listing: {
                  ...listing,
                  tick: decoded.listing.tick,
                  marks: decoded.listing.marks.map(mark => ({ ...mark, key: false })),
                },
                said,
                timed: false,
              })),
            ),
    ),
  )

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

/**
 * Learns a file by letting ffmpeg copy its packets into a listing; where packets carry no presentation times, by
 * letting it decode them all.
 */
export const inspect = (session: Session): TE.TaskEither<MediaFault, Info> => {
  const { file, settings } = session
  return F.pipe(
    listed(session),
    TE.let('told', ({ said }) => parseDescription(said)),
    TE.filterOrElse(
      ({ told }) => !told.cover,
      ({ told }) => noVideo(file, told.streams, told),
    ),
    TE.bind('picture', ({ listing, told }) => TE.fromTask(() => pictureOf(session, listing, told))),
    TE.bind('layout', ({ picture }) => TE.fromEither(layoutOf(file.path, picture, settings))),
    TE.bind('line', ({ listing }) =>
      TE.fromEither(checkedTimeline(file.path, listing.marks, listing.tick, settings.limits)),
    ),
    TE.map(({ listing, told, picture, layout, line, timed }) => {
      const { codec } = listing
      const measured = measuredFps(line)
      const rates = { fps: unrounded(told.fps, measured), realFps: unrounded(told.realFps, measured) }
      const { width, height } = layout
      return {
        clip: {
          ...clipOf(file.path, line, { codec, width, height, rotation: 0, ...rates }),
          ...pictureFacts(file, picture, layout),
        },
        line: fromTheStart(line, picture.pixelFormat),
        timed,
        layout,
      }
    }),
  )
}

/**
 * ffmpeg prints two digits: the whole or NTSC rate that it prints so, else the measured one where that rounds to what was
 * printed, else what was printed.
 */
const unrounded = (printed: number | undefined, measured: number | undefined): number | undefined => {
  if (printed === undefined || measured === undefined) return printed ?? measured
  const whole = Math.round(printed)
  return [whole, (whole * 1000) / 1001, measured].find(rate => Math.abs(printed - rate) <= 0.005) ?? printed
}
