import { either as E, function as F } from 'fp-ts'
import { clipOf } from '../clip.ts'
import type { DecoderSettings } from '../decoder.ts'
import type { PlainFile } from '../file.ts'
import type { Info } from '../info.ts'
import type { Limits } from '../limits.ts'
import { fromTheStart } from '../palette.ts'
import { layoutOf, type Picture } from '../picture.ts'
import { pictureFacts } from '../picture-facts.ts'
import { checkedTimeline, type PacketMark } from '../timeline.ts'
import { codecOf } from './codec.ts'
import type { Av } from './load.ts'
import { open, type Source } from './open.ts'
import { isEncrypted, pictureOf } from './picture.ts'
import { pump } from './pump.ts'
import { scan } from './scan.ts'
import type { Steps } from './steps.ts'
import { tablePackets } from './table.ts'

/** The frames of a file whose packets carry no presentation times, as if they were packets: decodes it all. */
const decodedPackets = (av: Av, file: PlainFile, limits: Limits): Steps<readonly PacketMark[]> =>
  withSource(av, file, limits, function* (source) {
    const context = yield* codecOf(av, source, limits, 1)
    if (E.isLeft(context)) return context
    const ticks: number[] = []
    try {
      const all = yield* pump(av, source, context.right, {
        begin: () => true,
        wanted: () => true,
        done: () => ticks.length > limits.frames,
        // biome-ignore lint/correctness/useYield: only the time is taken
        *picture(tick) {
          ticks.push(tick)
          return E.right(undefined)
        },
      })
      return E.isLeft(all) ? all : E.right(ticks.map(pts => ({ pts, dts: pts, key: false, shown: true })))
    } finally {
      context.right.freeContext()
    }
  })

const rate = ({ num, den }: { num: number; den: number }) => (num > 0 && den > 0 ? num / den : undefined)

/** What the packets of a file, and its stream as FFmpeg describes it, make of it. */
function* infoOf(
  av: Av,
  source: Source,
  marks: readonly PacketMark[],
  timed: boolean,
  settings: DecoderSettings,
): Steps<Info> {
  const { file, stream, tick } = source
  const picture = yield* describe(av, source, settings.limits)
  if (E.isLeft(picture)) return picture
  return F.pipe(
    E.Do,
    E.bind('layout', () => layoutOf(file.path, picture.right, settings)),
    E.bind('line', () => checkedTimeline(file.path, marks, tick, settings.limits)),
    E.map(({ layout, line }) => {
      const codec = av.avGetCodecName(stream.codecpar.codecId) ?? 'unknown'
      const rates = { fps: rate(stream.avgFrameRate), realFps: rate(stream.rFrameRate) }
      const { width, height } = layout
      return {
        clip: {
          ...clipOf(file.path, line, { codec, width, height, rotation: 0, ...rates }),
          ...pictureFacts(file, picture.right, layout),
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
  return source.analysed && !encryptable
    ? E.right(pictureOf(av, source))
    : yield* withSource(av, source.file, limits, analysed => told(av, analysed), true)
}

function* told(av: Av, source: Source): Steps<Picture> {
  const picture = pictureOf(av, source)
  if (picture.encrypted !== undefined) return E.right(picture)
  const encrypted = yield* isEncrypted(av, source)
  return E.isLeft(encrypted) || !encrypted.right ? E.right(picture) : E.right({ ...picture, encrypted: 'encv' })
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

/**
 * Learns the packets of a file: from the movie header of an MP4 where the demuxer confirms it, else by walking through
 * them, else (no presentation times) by decoding them all.
 */
export function* inspect(av: Av, file: PlainFile, settings: DecoderSettings, movie: Buffer | undefined): Steps<Info> {
  const { limits } = settings
  if (movie !== undefined) {
    const told = yield* withSource<Info | undefined>(av, file, limits, function* (source) {
      const marks = yield* tablePackets(av, source, movie, limits)
      if (E.isLeft(marks)) return marks
      return marks.right === undefined ? E.right(undefined) : yield* infoOf(av, source, marks.right, true, settings)
    })
    if (E.isLeft(told)) return told
    if (told.right !== undefined) return E.right(told.right)
  }
  return yield* withSource(av, file, limits, function* (source) {
    const marks = yield* scan(av, source, limits)
    if (E.isLeft(marks)) return marks
    if (marks.right !== undefined) return yield* infoOf(av, source, marks.right, true, settings)
    const decoded = yield* decodedPackets(av, file, limits)
    return E.isLeft(decoded) ? decoded : yield* infoOf(av, source, decoded.right, false, settings)
  })
}
