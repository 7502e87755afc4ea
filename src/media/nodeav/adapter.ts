import { availableParallelism } from 'node:os'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import { type PlainFile, plainFile } from '../file.ts'
import { defaultLimits, type Limits } from '../limits.ts'
import { movieHeader } from '../mp4/moov.ts'
import { cost, type Stretch, secondsOf, stretches, type Timeline } from '../timeline.ts'
import type { Decoder, Frames, MediaFault } from '../types.ts'
import { activitySteps } from './activity.ts'
import { type Info, inspect } from './inspect.ts'
import { lane } from './lane.ts'
import { type Av, loadAv } from './load.ts'
import { type Bounds, runAsync, runSync, type Steps } from './steps.ts'

/** Options of the decoder in process. */
export interface NodeAvOptions {
  readonly limits?: Partial<Limits>
  /** Key-frame intervals decoded at once; the number of cores unless given. */
  readonly lanes?: number
}

/** Below this many decoded pixels a call runs on the calling thread: about 5 ms. */
const small = 4e6
const remembered = 64
/** Smaller files are walked through faster than their movie header is read. */
const tiny = 2 ** 19

/**
 * The decoder in process: FFmpeg's libraries through the package node-av, no child process. A small clip takes about
 * a millisecond on the calling thread; larger work runs on the thread pool, one key-frame interval a core.
 * Remembers the timelines of the last 64 files. Load errors of the package are `NoDecoder`.
 */
export const nodeAv = (options: NodeAvOptions = {}): Decoder => {
  const limits = { ...defaultLimits, ...options.limits }
  const lanes = Math.max(1, options.lanes ?? availableParallelism())
  const known = new Map<string, Info>()
  const bounds = (file: PlainFile, signal: AbortSignal | undefined): Bounds => ({
    what: file.path,
    deadline: Date.now() + limits.milliseconds,
    signal,
  })
  const run = <A>(steps: Steps<A>, work: number, within: Bounds) =>
    work <= small ? Promise.resolve(runSync(steps, within)) : runAsync(steps, within)

  const info = (av: Av, file: PlainFile, signal: AbortSignal | undefined): TE.TaskEither<MediaFault, Info> => {
    const key = `${file.path}\0${file.version}`
    const before = known.get(key)
    if (before !== undefined) return TE.right(before)
    return async () => {
      const movie = file.bytes > tiny ? await movieHeader(file.path, file.bytes) : undefined
      const found = await run(inspect(av, file, limits, movie), file.bytes * 20, bounds(file, signal))
      if (E.isRight(found)) {
        const oldest = known.keys().next()
        if (known.size >= remembered && !oldest.done) known.delete(oldest.value)
        known.set(key, found.right)
      }
      return found
    }
  }
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
        TE.chain(({ av, file, info }) => async (): Promise<E.Either<MediaFault, Frames>> => {
          const wanted = wantedTicks(info, indices, limits)
          if (E.isLeft(wanted)) return wanted
          const size = info.clip.width * info.clip.height * 3
          const distinct = [...new Set(wanted.right)].sort((a, b) => a - b)
          const at = new Map(distinct.map((tick, i) => [tick, i]))
          const data = new Uint8Array(distinct.length * size)
          const queue = stretches(info.line, distinct)
          const work = cost(info.line, queue) * info.clip.width * info.clip.height
          const width = work <= small ? 1 : Math.min(lanes, queue.length)
          const threads = work <= small ? 1 : threadsOf(info.line, queue, lanes)
          const within = bounds(file, signal)
          const ends = await Promise.all(
            Array.from({ length: width }, () =>
              run(lane(av, file, info, { limits, threads, queue, at, data }), work, within),
            ),
          )
          const failed = ends.find(E.isLeft)
          if (failed !== undefined) return failed
          const lost = ends.flatMap(end => (E.isRight(end) ? end.right : []))
          if (lost.length > 0) return E.left(lossOf(file, info, lost, distinct.length))
          return E.right(inOrder(wanted.right, at, data, info))
        }),
      ),
    activity: (clip, signal) =>
      F.pipe(
        opened(clip.path, signal),
        TE.chain(
          ({ av, file, info }) =>
            () =>
              run(
                activitySteps(av, file, info, limits, lanes),
                info.clip.frameCount * clip.width * clip.height,
                bounds(file, signal),
              ),
        ),
      ),
  }
}

const wantedTicks = (
  { clip, line }: Info,
  indices: readonly number[],
  limits: Limits,
): E.Either<MediaFault, readonly number[]> => {
  const bytes = indices.length * clip.width * clip.height * 3
  if (bytes > limits.bytes)
    return E.left(
      fault(
        'TooLarge',
        `${clip.path}: ${indices.length} frames of ${clip.width}×${clip.height} are ${bytes} bytes, the limit is ${limits.bytes}`,
        'Ask for fewer frames or raise limits.bytes.',
      ),
    )
  const ticks = indices.map(i => line.pts[i])
  const bad = indices.find((_, k) => ticks[k] === undefined)
  return bad === undefined
    ? E.right(ticks as number[])
    : E.left(
        fault(
          'BadSampling',
          `${clip.path} has frames 0 to ${line.pts.length - 1}, asked for ${bad}`,
          'Sample within the clip.',
        ),
      )
}

/** Threads of each lane's decoder: more than one only where one stretch outweighs a fair share of the work. */
const threadsOf = (line: Timeline, queue: readonly Stretch[], cores: number): number => {
  const costs = queue.map(stretch => cost(line, [stretch]))
  const total = costs.reduce((a, b) => a + b, 0)
  return Math.min(cores, Math.max(1, Math.round((cores * Math.max(...costs)) / total)))
}

const lossOf = (file: PlainFile, info: Info, lost: readonly number[], asked: number): MediaFault => {
  const times = [...lost].sort((a, b) => a - b).map(tick => `${(tick * info.line.tick).toFixed(3)} s`)
  const shown = times.slice(0, 8).join(', ') + (times.length > 8 ? ', …' : '')
  return fault(
    'Undecodable',
    `${file.path}: ${lost.length} of ${asked} frames cannot be decoded (at ${shown})`,
    'The file is damaged there; fetch it again, leave the record out, or sample elsewhere.',
  )
}

const inOrder = (
  ticks: readonly number[],
  at: ReadonlyMap<number, number>,
  data: Uint8Array,
  { clip, line }: Info,
): Frames => {
  const size = clip.width * clip.height * 3
  const places = ticks.map(tick => at.get(tick) ?? 0)
  const straight = places.length === at.size && places.every((place, i) => place === i)
  const bytes = straight ? data : new Uint8Array(ticks.length * size)
  if (!straight)
    for (const [i, place] of places.entries()) bytes.set(data.subarray(place * size, (place + 1) * size), i * size)
  return {
    data: bytes,
    count: ticks.length,
    height: clip.height,
    width: clip.width,
    times: ticks.map(tick => tick * line.tick),
  }
}
