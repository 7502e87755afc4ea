import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import type { Info } from '../info.ts'
import { orientInto } from '../orientation.ts'
import { sizeChange } from '../picture-faults.ts'
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
  /** Ticks whose pictures were scaled to the clip's size, added to. */
  readonly resized: Set<number>
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
    TE.flatMapEither(outcome => judged(session, info, wanted, outcome, target)),
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
  /** The stored size of each picture that came. */
  readonly sizes: readonly Size[]
}

interface Size {
  readonly width: number
  readonly height: number
}

/** Holds the sizes of pictures against that of the first: `SizeChange`, or noted as scaled. */
const judged = (
  { settings }: Session,
  { clip, line, layout }: Info,
  wanted: readonly number[],
  outcome: Outcome,
  { resized }: Target,
): E.Either<MediaFault, Outcome> => {
  for (const [i, size] of outcome.sizes.entries()) {
    const id = wanted[i]
    if (id === undefined || (size.width === layout.stored.width && size.height === layout.stored.height)) continue
    if (settings.onSizeChange === 'refuse')
      return E.left(sizeChange(clip.path, layout, size, `at ${(line.seconds[line.ids.indexOf(id)] ?? 0).toFixed(3)} s`))
    resized.add(id)
  }
  return E.right(outcome)
}

/** The size in a line of the filter `showinfo`. */
const shownSize = (words: string): Size | undefined => {
  const [, width, height] = /Parsed_showinfo_.* n: *\d+ .* s:(\d+)x(\d+) /.exec(words) ?? []
  return width === undefined ? undefined : { width: Number(width), height: Number(height) }
}

/** Times that go backward are no matter of pictures that are written one after the other. */
const isComplaint = (words: string): boolean =>
  /^(?:\[[^\]]*\] )?\[(?:error|fatal|panic)\] /.test(words) && !words.includes('non monotonically increasing dts')

const attempt = (
  session: Session,
  { line, timed, layout, excused = [], overDeclared = false }: Info,
  { from, wanted }: Stretch,
  { places, data }: Target,
): TE.TaskEither<MediaFault, Outcome> => {
  const { width, height } = layout
  const size = width * height * 3
  const offsets = wanted.map(tick => (places.get(tick) ?? 0) * size)
  const sizes: Size[] = []
  const picture = new Uint8Array(size)
  let filled = 0
  // Without presentation times in the file, pictures are known by their number.
  const pick = wanted.map(tick => (timed ? `eq(pts\\,${tick})` : `eq(n\\,${tick})`)).join('+')
  const seek =
    from === undefined ? [] : ['-seek_timestamp', '1', '-noaccurate_seek', '-ss', seconds(from.pts, line.tick)]
  return F.pipe(
    run(session, {
      // A filter graph made anew for every size would forget where it was.
      before: ['-loglevel', 'repeat+level+info', '-nostats', '-copyts', '-reinit_filter', '0', ...seek],
      after: [
        ...session.program.everyFrame,
        '-vf',
        `select=${pick},showinfo=checksum=0,scale=${width}:${height}`,
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
          const within = filled % size
          const part = chunk.subarray(read, read + size - within)
          picture.set(part, within)
          read += part.length
          filled += part.length
          if (filled % size === 0)
            orientInto(picture, width, height, layout.orientation, data, offsets[filled / size - 1] ?? 0)
        }
      },
      keeps: words => {
        const shown = shownSize(words)
        if (shown !== undefined) sizes.push(shown)
        return isComplaint(words)
      },
    }),
    TE.map(({ said }) => {
      const all = aboutPictures(said, timed)
      const lines = overDeclared ? beyondSamples(all) : all
      const told = from === undefined ? unexcused(lines, excused) : lines
      return {
        complete: filled === size * wanted.length,
        filled: Math.floor(filled / size),
        said: told.join('\n'),
        sizes,
      }
    }),
  )
}
