import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import type { Info } from '../info.ts'
import { remedyOf } from '../request.ts'
import type { Stretch } from '../timeline.ts'
import type { MediaFault } from '../types.ts'
import { run, type Session } from './program.ts'
import { aboutPictures, beyondSamples, unexcused } from './said.ts'

/** Most frames that one filter expression names. */
const mostNamed = 64

/** Cuts stretches so that no filter expression grows without bound. */
export const chunks = (plan: readonly Stretch[]): Stretch[] =>
  plan.flatMap(({ from, wanted }) =>
    Array.from({ length: Math.ceil(wanted.length / mostNamed) }, (_, i) => ({
      from,
      wanted: wanted.slice(i * mostNamed, (i + 1) * mostNamed),
    })),
  )

/** Seconds for `-ss`, rounded up to the microsecond so that seeking does not land one key frame early. */
const seconds = (tick: number, length: number): string => (Math.ceil(tick * length * 1e6) / 1e6).toFixed(6)

/** Where decoded frames go. */
export interface Target {
  /** Place of each wanted tick in `data`. */
  readonly places: ReadonlyMap<number, number>
  readonly data: Uint8Array
  /** Ticks that may show damage, added to; undefined where damage is refused. */
  readonly damaged: Set<number> | undefined
}

/**
 * Decodes one stretch with one child and writes its frames into `data` where `places` says. Frames are picked by their
 * presentation ticks, so that where seeking lands does not matter; where it goes wrong (no index, an open group of pictures)
 * the file is decoded from its start. Any error message then means that the whole stretch may show damage: `Undecodable`,
 * or stated.
 */
export const decodeStretch = (
  session: Session,
  info: Info,
  { from, wanted }: Stretch,
  target: Target,
): TE.TaskEither<MediaFault, void> =>
  F.pipe(
    attempt(session, info, { from, wanted }, target),
    TE.flatMap(outcome =>
      from === undefined || (outcome.complete && outcome.said === '')
        ? TE.right(outcome)
        : attempt(session, info, { from: undefined, wanted }, target),
    ),
    TE.flatMapEither(({ complete, filled, said }) => {
      if (complete && said !== '') for (const tick of wanted) target.damaged?.add(tick)
      return complete && (said === '' || target.damaged !== undefined)
        ? E.right(undefined)
        : E.left(
            fault(
              'Undecodable',
              `${info.clip.path}: ${filled} of ${wanted.length} frames came${said === '' ? '' : `: ${said.split('\n').at(-1)}`}`,
              remedyOf(info, wanted),
            ),
          )
    }),
  )

/** How a child's run over a stretch ended. */
interface Outcome {
  readonly complete: boolean
  /** Whole frames. */
  readonly filled: number
  readonly said: string
}

const attempt = (
  session: Session,
  { clip, line, timed, excused = [], overDeclared = false }: Info,
  { from, wanted }: Stretch,
  { places, data }: Target,
): TE.TaskEither<MediaFault, Outcome> => {
  const size = clip.width * clip.height * 3
  const offsets = wanted.map(tick => (places.get(tick) ?? 0) * size)
  let filled = 0
  // Without presentation times in the file, pictures are known by their number.
  const pick = wanted.map(tick => (timed ? `eq(pts\\,${tick})` : `eq(n\\,${tick})`)).join('+')
  const seek =
    from === undefined ? [] : ['-seek_timestamp', '1', '-noaccurate_seek', '-ss', seconds(from.pts, line.tick)]
  return F.pipe(
    run(session, {
      before: ['-loglevel', 'repeat+error', '-copyts', ...seek],
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
          const [offset, within] = [offsets[Math.floor(filled / size)] ?? 0, filled % size]
          const part = chunk.subarray(read, read + size - within)
          data.set(part, offset + within)
          filled += part.length
          read += part.length
        }
      },
    }),
    TE.map(({ said }) => {
      const all = aboutPictures(said, timed)
      const lines = overDeclared ? beyondSamples(all) : all
      const told = from === undefined ? unexcused(lines, excused) : lines
      return { complete: filled === size * wanted.length, filled: Math.floor(filled / size), said: told.join('\n') }
    }),
  )
}
