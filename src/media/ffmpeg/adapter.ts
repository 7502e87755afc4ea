import { availableParallelism } from 'node:os'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import { differences, thumbnail } from '../activity.ts'
import { plainFile } from '../file.ts'
import { type Info, wholeInfo } from '../info.ts'
import { defaultLimits, type Limits } from '../limits.ts'
import { remember } from '../remember.ts'
import { inOrder, wantedTicks } from '../request.ts'
import { secondsOf, stretches } from '../timeline.ts'
import type { Decoder, MediaFault, OnDamage } from '../types.ts'
import { chunks, decodeStretch } from './frames.ts'
import { inspect } from './inspect.ts'
import { type Program, programAt, run, type Session } from './program.ts'

/** Options of the decoder that runs a program. */
export interface FfmpegOptions {
  readonly limits?: Partial<Limits>
  /** Children at once; the number of cores unless given. */
  readonly lanes?: number
  /** `refuse` unless given. */
  readonly onDamage?: OnDamage
}

/**
 * The decoder that runs an ffmpeg program (4.4 or newer), one child a key-frame interval: about 50 ms a child, so for
 * short clips `nodeAv` is much faster. Remembers the timelines of the last 64 files. `NoDecoder` when the
 * program cannot be run. No child outlives its call.
 */
export const ffmpeg = (executable: string, options: FfmpegOptions = {}): Decoder => {
  const limits = { ...defaultLimits, ...options.limits }
  const lanes = Math.max(1, options.lanes ?? availableParallelism())
  const onDamage = options.onDamage ?? 'refuse'
  const infos = remember<Info>(64)
  const programs = remember<Program>(1)
  const opened = (
    path: string,
    signal: AbortSignal | undefined,
  ): TE.TaskEither<MediaFault, { readonly session: Session; readonly info: Info }> =>
    F.pipe(
      TE.Do,
      TE.bind('file', () => plainFile(path, limits)),
      TE.bind('program', () => programs(executable, programAt(executable))),
      TE.map(({ file, program }) => ({
        file,
        session: { program, file, limits, deadline: Date.now() + limits.milliseconds, signal },
      })),
      TE.bind('info', ({ file, session }) =>
        infos(`${file.path}\0${file.version}`, wholeInfo(file, onDamage, inspect(session))),
      ),
    )

  return {
    name: 'ffmpeg',
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
        TE.bind('wanted', ({ info }) => TE.fromEither(wantedTicks(info, indices, limits))),
        TE.flatMap(({ info, session, wanted }) => {
          const distinct = [...new Set(wanted)].sort((a, b) => a - b)
          const at = new Map(distinct.map((tick, i) => [tick, i]))
          const data = new Uint8Array(distinct.length * info.clip.width * info.clip.height * 3)
          const damaged = onDamage === 'state' ? new Set<number>() : undefined
          const queue = chunks(stretches(info.line, distinct))
          const lane = async (): Promise<E.Either<MediaFault, void>> => {
            for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
              const done = await decodeStretch(session, info, next, { at, data, damaged })()
              if (E.isLeft(done)) {
                queue.length = 0
                return done
              }
            }
            return E.right(undefined)
          }
          return async () => {
            const ends = await Promise.all(Array.from({ length: lanes }, lane))
            return ends.find(E.isLeft) ?? E.right(inOrder(wanted, at, data, info, damaged ?? new Set()))
          }
        }),
      ),
    activity: (clip, signal) =>
      F.pipe(
        opened(clip.path, signal),
        TE.flatMap(({ info, session }) => changes(session, info)),
      ),
  }
}

/** The change into each frame, from the thumbnails of one child. */
const changes = (session: Session, info: Info): TE.TaskEither<MediaFault, readonly number[]> => {
  const change = differences()
  const out: number[] = []
  let rest: Buffer = Buffer.alloc(0)
  return F.pipe(
    run(session, {
      before: ['-loglevel', 'error', '-copyts'],
      after: [
        ...session.program.everyFrame,
        '-vf',
        `scale=${thumbnail.side}:${thumbnail.side}:flags=area,format=rgb24`,
        '-f',
        'rawvideo',
      ],
      maxBytes: thumbnail.bytes * (info.line.pts.length + 1),
      onBytes: chunk => {
        const bytes = Buffer.concat([rest, chunk])
        let read = 0
        for (; read + thumbnail.bytes <= bytes.length; read += thumbnail.bytes)
          out.push(change(bytes.subarray(read, read + thumbnail.bytes)))
        rest = bytes.subarray(read)
      },
    }),
    TE.flatMapEither(() =>
      out.length === info.line.pts.length
        ? E.right(out)
        : E.left(
            fault(
              'Undecodable',
              `${info.clip.path}: ${out.length} of ${info.line.pts.length} frames can be decoded`,
              'The file is damaged; fetch it again or leave the record out.',
            ),
          ),
    ),
  )
}
