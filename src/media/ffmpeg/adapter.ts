import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import { differences, thumbnail } from '../activity.ts'
import { type DecoderOptions, decoderOf, type Opened, settingsOf } from '../decoder.ts'
import type { Info } from '../info.ts'
import type { PictureDecoder } from '../pictures/with-pictures.ts'
import { remember } from '../remember.ts'
import type { Request } from '../request.ts'
import { stretches } from '../timeline.ts'
import type { MediaFault } from '../types.ts'
import { chunks, decodeStretch } from './frames.ts'
import { inspect } from './inspect.ts'
import { type Program, programAt, run, type Session } from './program.ts'

/** Options of the decoder that runs a program; a lane is a child. */
export type FfmpegOptions = DecoderOptions

/**
 * The decoder that runs an ffmpeg program (4.4 or newer), one child a key-frame interval: about 50 ms a child, so for
 * short clips `nodeAv` is much faster. Remembers the timelines of the last 64 files. `NoDecoder` when the
 * program cannot be run. No child outlives its call.
 */
export const ffmpeg = (executable: string, options: FfmpegOptions = {}): PictureDecoder => {
  const settings = settingsOf(options)
  const { lanes, onDamage } = settings
  const programs = remember<Program>(1)
  const sessionOf = ({ tool, file, bounds }: Opened<Program>): Session => ({ program: tool, file, settings, bounds })

  const decode = (opened: Opened<Program>, info: Info, request: Request): TE.TaskEither<MediaFault, void> => {
    const { places, data, resized } = request
    const target = { places, data, resized, damaged: onDamage === 'state' ? request.damaged : undefined }
    const queue = chunks(stretches(info.line, request.ids))
    const lane = async (): Promise<E.Either<MediaFault, void>> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const done = await decodeStretch(sessionOf(opened), info, next, target)()
        if (E.isLeft(done)) {
          queue.length = 0
          return done
        }
      }
      return E.right(undefined)
    }
    return async () => {
      const ends = await Promise.all(Array.from({ length: lanes }, lane))
      return ends.find(E.isLeft) ?? E.right(undefined)
    }
  }

  return decoderOf(settings, {
    name: 'ffmpeg',
    tool: () => programs(executable, { what: executable }, () => programAt(executable))(),
    inspect: opened => inspect(sessionOf(opened)),
    decode,
    activity: (opened, info) => changes(sessionOf(opened), info),
  })
}

/** The change into each frame, from the thumbnails of one child. */
const changes = (session: Session, info: Info): TE.TaskEither<MediaFault, readonly number[]> => {
  const change = differences()
  const out: number[] = []
  const { line, timed } = info
  const known = new Set(line.ids)
  let pictures = 0
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
      maxBytes: thumbnail.bytes * ((timed ? line.ids.length : session.settings.limits.frames) + 1),
      onBytes: chunk => {
        const bytes = Buffer.concat([rest, chunk])
        let read = 0
        for (; read + thumbnail.bytes <= bytes.length; read += thumbnail.bytes)
          if (timed || known.has(pictures++)) out.push(change(bytes.subarray(read, read + thumbnail.bytes)))
        rest = bytes.subarray(read)
      },
    }),
    TE.flatMapEither(() =>
      out.length === info.line.ids.length
        ? E.right(out)
        : E.left(
            fault(
              'Undecodable',
              `${info.clip.path}: ${out.length} of ${info.line.ids.length} frames can be decoded`,
              'The file is damaged; fetch it again or leave the record out.',
            ),
          ),
    ),
  )
}
