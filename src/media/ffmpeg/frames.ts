import { either as E, taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import type { Info } from '../info.ts'
import type { Stretch } from '../timeline.ts'
import type { MediaFault } from '../types.ts'
import { run, type Session } from './program.ts'

/** Most frames that one filter expression names. */
const named = 64

/** Cuts stretches so that no filter expression grows without bound. */
export const chunks = (plan: readonly Stretch[]): Stretch[] =>
  plan.flatMap(({ from, wanted }) =>
    Array.from({ length: Math.ceil(wanted.length / named) }, (_, i) => ({
      from,
      wanted: wanted.slice(i * named, (i + 1) * named),
    })),
  )

/** Seconds for `-ss`, rounded up to the microsecond so that seeking does not land one key frame early. */
const seconds = (tick: number, length: number): string => (Math.ceil(tick * length * 1e6) / 1e6).toFixed(6)

/** Where decoded frames go. */
export interface Target {
  /** Place of each wanted tick in `data`. */
  readonly at: ReadonlyMap<number, number>
  readonly data: Uint8Array
  /** Ticks that may show damage, added to; undefined where damage is refused. */
  readonly damaged: Set<number> | undefined
}

/**
 * Decodes one stretch with one child and writes its frames into `data` where `at` says. Frames are picked by their
 * presentation ticks, so that where seeking lands does not matter. Any error message means that the whole stretch may show damage:
 * `Undecodable`, or stated.
 */
export const decodeStretch = (
  session: Session,
  { clip, line }: Info,
  { from, wanted }: Stretch,
  { at, data, damaged }: Target,
): TE.TaskEither<MediaFault, void> => {
  const size = clip.width * clip.height * 3
  const places = wanted.map(tick => (at.get(tick) ?? 0) * size)
  let filled = 0
  const pick = wanted.map(tick => `eq(pts\\,${tick})`).join('+')
  const seek =
    from === undefined ? [] : ['-seek_timestamp', '1', '-noaccurate_seek', '-ss', seconds(from.pts, line.tick)]
  return TE.chainEitherK<MediaFault, { code: number; said: string }, void>(({ said }) => {
    const complete = filled === size * wanted.length
    if (complete && said !== '') for (const tick of wanted) damaged?.add(tick)
    return complete && (said === '' || damaged !== undefined)
      ? E.right(undefined)
      : E.left(
          fault(
            'Undecodable',
            `${clip.path}: ${Math.floor(filled / size)} of ${wanted.length} frames came${said === '' ? '' : `: ${said.split('\n').at(-1)}`}`,
            'The file is damaged there; fetch it again, leave the record out, or sample elsewhere.',
          ),
        )
  })(
    run(session, {
      before: ['-loglevel', 'error', '-copyts', ...seek],
      after: [
        ...session.program.everyFrame,
        '-vf',
        `select=${pick}`,
        '-frames:v',
        String(wanted.length),
        '-f',
        'rawvideo',
        '-pix_fmt',
        'rgb24',
      ],
      maxBytes: size * wanted.length,
      onBytes: chunk => {
        for (let read = 0; read < chunk.length; ) {
          const [place, within] = [places[Math.floor(filled / size)] ?? 0, filled % size]
          const part = chunk.subarray(read, read + size - within)
          data.set(part, place + within)
          filled += part.length
          read += part.length
        }
      },
    }),
  )
}
