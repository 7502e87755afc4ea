import { availableParallelism } from 'node:os'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type PlainFile, plainFile } from '../file.ts'
import { type Info, wholeInfo } from '../info.ts'
import { defaultLimits, type Limits } from '../limits.ts'
import { movieHeader } from '../mp4/moov.ts'
import { remember } from '../remember.ts'
import { inOrder, lossOf, wantedTicks } from '../request.ts'
import { cost, secondsOf, stretches } from '../timeline.ts'
import type { Decoder, Frames, MediaFault, OnDamage } from '../types.ts'
import { activitySteps } from './activity.ts'
import { inspect } from './inspect.ts'
import { lane } from './lane.ts'
import { type Av, loadAv } from './load.ts'
import { afterOthers, type Bounds, runAsync, runSync, runTurns, type Steps } from './steps.ts'

/** Options of the decoder in process. */
export interface NodeAvOptions {
  readonly limits?: Partial<Limits>
  /** Key-frame intervals decoded at once; the number of cores unless given. */
  readonly lanes?: number
  /** `refuse` unless given. */
  readonly onDamage?: OnDamage
}

/** Below this many decoded pixels a call runs on the calling thread: about 5 ms. */
const small = 4e6
/** Pictures up to this size are decoded in turns on the calling thread: a thread switch a packet costs more than it frees. */
const quick = 2 ** 20
/** Smaller files are walked through faster than their movie header is read. */
const tiny = 2 ** 21
/** Decoder threads of a lane: two a core, since a thread often waits for the picture before, and 4 to 16. */
const threadsOf = (lanes: number): number => Math.min(16, Math.max(4, Math.ceil((2 * availableParallelism()) / lanes)))

/** The time that a call waits for others does not count against its limit. */
const decode = <A>(
  readers: readonly Steps<A>[],
  { clip }: Info,
  work: number,
  within: () => Bounds,
): Promise<readonly E.Either<MediaFault, A>[]> =>
  work <= small
    ? runTurns(readers, within())
    : clip.width * clip.height <= quick
      ? afterOthers(() => runTurns(readers, within()))
      : Promise.all(readers.map(reader => runAsync(reader, within())))

/**
 * The decoder in process: FFmpeg's libraries through the package node-av, no child process. A small clip takes about
 * a millisecond on the calling thread. Of larger work each lane takes one key-frame interval after the other; pictures
 * up to 1024×1024 are decoded by FFmpeg's own threads, one call after the other, while the event loop runs every few
 * milliseconds, larger ones on the thread pool. Remembers the timelines of the last 64 files. Load errors of the package are `NoDecoder`.
 */
export const nodeAv = (options: NodeAvOptions = {}): Decoder => {
  const limits = { ...defaultLimits, ...options.limits }
  const lanes = Math.max(1, options.lanes ?? availableParallelism())
  const onDamage = options.onDamage ?? 'refuse'
  const infos = remember<Info>(64)
  const bounds = (file: PlainFile, signal: AbortSignal | undefined): Bounds => ({
    what: file.path,
    deadline: Date.now() + limits.milliseconds,
    signal,
  })
  const run = <A>(steps: Steps<A>, work: number, within: Bounds) =>
    work <= small ? Promise.resolve(runSync(steps, within)) : runAsync(steps, within)

  const inspected =
    (av: Av, file: PlainFile, signal: AbortSignal | undefined): TE.TaskEither<MediaFault, Info> =>
    async () => {
      const movie = file.bytes > tiny ? await movieHeader(file.path, file.bytes) : undefined
      return run(inspect(av, file, limits, movie), file.bytes * 20, bounds(file, signal))
    }
  const info = (av: Av, file: PlainFile, signal: AbortSignal | undefined): TE.TaskEither<MediaFault, Info> =>
    infos(`${file.path}\0${file.version}`, wholeInfo(file, onDamage, inspected(av, file, signal)))

  const opened = (path: string, signal: AbortSignal | undefined) =>
    F.pipe(
      TE.Do,
      TE.bind('av', () => loadAv),
      TE.bind('file', () => plainFile(path, limits)),
      TE.bind('info', ({ av, file }) => info(av, file, signal)),
    )

  return {
    name: 'node-av',
    probe: (path, signal) =>
      F.pipe(
        opened(path, signal),
        TE.map(({ info }) => info.clip),
      ),
    times: (clip, signal) =>
      F.pipe(
        opened(clip.path, signal),
        TE.map(({ info }) => secondsOf(info.line)),
      ),
    frames: (clip, indices, signal) =>
      F.pipe(
        opened(clip.path, signal),
        TE.flatMap(({ av, file, info }) => async (): Promise<E.Either<MediaFault, Frames>> => {
          const wanted = wantedTicks(info, indices, limits)
          if (E.isLeft(wanted)) return wanted
          const size = info.clip.width * info.clip.height * 3
          const distinct = [...new Set(wanted.right)].sort((a, b) => a - b)
          const at = new Map(distinct.map((tick, i) => [tick, i]))
          const data = new Uint8Array(distinct.length * size)
          const queue = stretches(info.line, distinct)
          const work = cost(info.line, queue) * info.clip.width * info.clip.height
          const damaged = new Set<number>()
          const width = work <= small ? 1 : Math.min(lanes, queue.length)
          const threads = work <= small ? 1 : threadsOf(width)
          const readers = Array.from({ length: width }, () =>
            lane(av, file, info, { limits, threads, queue, at, data, damaged }),
          )
          const ends = await decode(readers, info, work, () => bounds(file, signal))
          const failed = ends.find(E.isLeft)
          if (failed !== undefined) return failed
          const lost = ends.flatMap(end => (E.isRight(end) ? end.right : []))
          if (onDamage === 'refuse') lost.push(...damaged)
          if (lost.length > 0) return E.left(lossOf(file.path, info, lost, distinct.length))
          return E.right(inOrder(wanted.right, at, data, info, damaged))
        }),
      ),
    activity: (clip, signal) =>
      F.pipe(
        opened(clip.path, signal),
        TE.flatMap(({ av, file, info }) => async () => {
          const reader = activitySteps(av, file, info, limits, threadsOf(1))
          const work = info.clip.frameCount * info.clip.width * info.clip.height
          const [end] = await decode([reader], info, work, () => bounds(file, signal))
          return end as E.Either<MediaFault, readonly number[]>
        }),
      ),
  }
}
