import { availableParallelism } from 'node:os'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type Bounds, boundsFromNow } from '../bounds.ts'
import { type DecoderOptions, decoderOf, type Opened, settingsOf } from '../decoder.ts'
import type { Info } from '../info.ts'
import { movieHeader } from '../mp4/moov.ts'
import type { PictureDecoder } from '../pictures/with-pictures.ts'
import { lossOf, type Request } from '../request.ts'
import { cost, stretches } from '../timeline.ts'
import type { MediaFault } from '../types.ts'
import { activitySteps } from './activity.ts'
import { inspect } from './inspect.ts'
import { lane } from './lane.ts'
import { type Av, loadAv } from './load.ts'
import { afterOthers, runAsync, runSync, runTurns, type Steps } from './steps.ts'

/** Options of the decoder in process. */
export type NodeAvOptions = DecoderOptions

/** Below this many decoded pixels a call runs on the calling thread: about 5 ms. */
const small = 4e6
/** Pictures up to this size are decoded in turns on the calling thread: a thread switch a packet costs more than it frees. */
const quick = 2 ** 20
/** Smaller files are walked through faster than their movie header is read. */
const tiny = 2 ** 21
/** Decoder threads of a lane: two a core, since a thread often waits for the picture before, and 4 to 16. */
const threadsOf = (lanes: number): number => Math.min(16, Math.max(4, Math.ceil((2 * availableParallelism()) / lanes)))

/**
 * Runs readers whose work is known in pixels. The bounds are taken when they begin: the time that a call waits for
 * others does not count against its limit.
 */
const runAll = <A>(
  readers: readonly Steps<A>[],
  { clip }: Info,
  work: number,
  bounds: () => Bounds,
): Promise<readonly E.Either<MediaFault, A>[]> =>
  work <= small
    ? runTurns(readers, bounds())
    : clip.width * clip.height <= quick
      ? afterOthers(() => runTurns(readers, bounds()))
      : Promise.all(readers.map(reader => runAsync(reader, bounds())))

/** What all readers gave, or the first fault. */
const allOf = <A>(ends: readonly E.Either<MediaFault, A>[]): E.Either<MediaFault, readonly A[]> => E.sequenceArray(ends)

/**
 * The decoder in process: FFmpeg's libraries through the package node-av, no child process. A small clip takes about
 * a millisecond on the calling thread. Of larger work each lane takes one key-frame interval after the other; pictures
 * up to 1024×1024 are decoded by FFmpeg's own threads, one call after the other, while the event loop runs every few
 * milliseconds, larger ones on the thread pool. Remembers the timelines of the last 64 files. Load errors of the package
 * are `NoDecoder`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { function as F, taskEither as TE } from 'fp-ts'
 * import { encodeVideo, nodeAv } from 'kinograd/media'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'kinograd-')), 'clip.mp4')
 * const grey = (level: number) => new Uint8Array(16 * 16 * 3).fill(level)
 * await encodeVideo(path, [grey(0), grey(90), grey(180)], { width: 16, height: 16, fps: 10 })()
 * const decoder = nodeAv()
 * const frames = await F.pipe(
 *   decoder.probe(path),
 *   TE.flatMap(clip => decoder.frames(clip, [0, 2])),
 * )()
 * assert(frames._tag === 'Right')
 * assert.deepEqual(frames.right.times, [0, 0.2])
 * ```
 */
export const nodeAv = (options: NodeAvOptions = {}): PictureDecoder => {
  const settings = settingsOf(options)
  const { limits, lanes, onDamage, onSizeChange } = settings
  const again = ({ what, signal }: Bounds) => boundsFromNow(what, limits.milliseconds, signal)

  const learn =
    ({ tool, file, bounds }: Opened<Av>): TE.TaskEither<MediaFault, Info> =>
    async () => {
      const movie = file.bytes > tiny ? await movieHeader(file.path, file.bytes) : undefined
      const steps = inspect(tool, file, settings, movie)
      return file.bytes * 20 <= small ? runSync(steps, again(bounds)) : runAsync(steps, again(bounds))
    }

  const decode = (
    { tool, file, bounds }: Opened<Av>,
    info: Info,
    request: Request,
  ): TE.TaskEither<MediaFault, void> => {
    const queue = stretches(info.line, request.ids)
    const work = cost(info.line, queue) * info.clip.width * info.clip.height
    const width = work <= small ? 1 : Math.min(lanes, queue.length)
    const threads = work <= small ? 1 : threadsOf(width)
    const readers = () =>
      Array.from({ length: width }, () => lane(tool, file, info, { limits, onSizeChange, threads, queue, request }))
    return F.pipe(
      () => runAll(readers(), info, work, () => again(bounds)),
      TE.fromTask,
      TE.flatMapEither(allOf),
      TE.map(lost => (onDamage !== 'state' ? [...lost.flat(), ...request.damaged] : lost.flat())),
      TE.flatMapEither(lost =>
        lost.length > 0 ? E.left(lossOf(file.path, info, lost, request.ids.length)) : E.right(undefined),
      ),
    )
  }

  const activity = ({ tool, file, bounds }: Opened<Av>, info: Info): TE.TaskEither<MediaFault, readonly number[]> => {
    const work = info.clip.frameCount * info.clip.width * info.clip.height
    return F.pipe(
      () => runAll([activitySteps(tool, file, info, limits, threadsOf(1))], info, work, () => again(bounds)),
      TE.fromTask,
      TE.flatMapEither(allOf),
      TE.map(([changes = []]) => changes),
    )
  }

  return decoderOf(settings, { name: 'node-av', tool: loadAv, inspect: learn, decode, activity })
}
