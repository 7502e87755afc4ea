import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import { clipOf, measuredFps } from '../clip.ts'
import type { Info } from '../info.ts'
import { checkedTimeline } from '../timeline.ts'
import type { MediaFault } from '../types.ts'
import { type Listing, parseDescription, parseListing } from './listing.ts'
import { run, type Session } from './program.ts'

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

/**
 * Learns a file by letting ffmpeg copy its packets into a listing; where packets carry no presentation times, by
 * letting it decode them all.
 */
export const inspect = (session: Session): TE.TaskEither<MediaFault, Info> =>
  F.pipe(
    list(session, ['-c', 'copy', '-copyinkf']),
    TE.flatMap(({ listing, said }) =>
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
    TE.flatMapEither(({ listing, said, timed }) => {
      const { file, limits } = session
      if (listing.width * listing.height > limits.pixels)
        return E.left(
          fault(
            'TooLarge',
            `${file.path} has pictures of ${listing.width}×${listing.height} = ${listing.width * listing.height} pixels, the limit is ${limits.pixels}`,
            'Raise limits.pixels if you trust the file.',
          ),
        )
      return F.pipe(
        checkedTimeline(file.path, listing.marks, listing.tick, limits),
        E.map(timeline => {
          const told = parseDescription(said)
          const measured = measuredFps(timeline)
          const rates = { fps: unrounded(told.fps, measured), realFps: unrounded(told.realFps, measured) }
          return { clip: clipOf(file.path, timeline, { ...listing, ...told, ...rates }), line: timeline, timed }
        }),
      )
    }),
  )

/**
 * ffmpeg prints two digits: the whole or NTSC rate that it prints so, else the measured one where that rounds to what was
 * printed, else what was printed.
 */
const unrounded = (printed: number | undefined, measured: number | undefined): number | undefined => {
  if (printed === undefined || measured === undefined) return printed ?? measured
  const whole = Math.round(printed)
  return [whole, (whole * 1000) / 1001, measured].find(rate => Math.abs(printed - rate) <= 0.005) ?? printed
}
