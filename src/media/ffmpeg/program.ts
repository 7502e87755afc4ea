import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import { type Bounds, boundsFromNow } from '../bounds.ts'
import type { DecoderSettings } from '../decoder.ts'
import type { PlainFile } from '../file.ts'
import type { MediaFault } from '../types.ts'
import { type Child, type Ended, runChild } from './child.ts'
import { input } from './input.ts'

/** An ffmpeg program that was found to answer. */
export interface Program {
  readonly executable: string
  readonly version: string
  /** How this version is told to keep every frame at its own time. */
  readonly everyFrame: readonly string[]
  /**
   * How this version is told to leave pictures as they are stored: no turning, which happens here, and no cropping that
   * only the container asks for, which versions before 7.1 do not know.
   */
  readonly asStored: readonly string[]
}

/** Asks an executable for its version. `NoDecoder` when it is not an ffmpeg. */
export const programAt = (executable: string): TE.TaskEither<MediaFault, Program> => {
  const chunks: Buffer[] = []
  return F.pipe(
    runChild({
      executable,
      args: ['-hide_banner', '-version'],
      bounds: boundsFromNow(executable, 10_000, undefined),
      maxBytes: 2 ** 16,
      onBytes: chunk => chunks.push(chunk),
    }),
    TE.flatMapEither(({ code }) => {
      const answer = Buffer.concat(chunks).toString('latin1')
      const version = /^ffmpeg version (\S+)/.exec(answer)?.[1]
      if (code !== 0 || version === undefined)
        return E.left(
          fault(
            'NoDecoder',
            `${executable} ended with ${code} and does not call itself ffmpeg`,
            'Give the path of an ffmpeg program, or use node-av.',
          ),
        )
      const [major = 99, minor = 0] = /^n?(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? []
      const old = major < 5 || (major === 5 && minor < 1)
      return E.right({
        executable,
        version,
        asStored: ['-noautorotate', ...(cropsContainers(answer) ? ['-apply_cropping', 'codec'] : [])],
        everyFrame: old ? ['-vsync', 'passthrough'] : ['-fps_mode', 'passthrough'],
      })
    }),
  )
}

/** FFmpeg 7.1 came with libavcodec 61.19. */
const cropsContainers = (answer: string): boolean => {
  const [major = 0, minor = 0] = /^libavcodec\s+(\d+)\.\s*(\d+)/m.exec(answer)?.slice(1).map(Number) ?? []
  return major > 61 || (major === 61 && minor >= 19)
}

/** One call of the adapter: the program, the file and what bounds the call. */
export interface Session {
  readonly program: Program
  readonly file: PlainFile
  readonly settings: DecoderSettings
  readonly bounds: Bounds
}

/** Runs the program on the file. */
export const run = (
  { program, file, settings, bounds }: Session,
  {
    before = [],
    after,
    maxBytes,
    onBytes,
    keeps,
  }: { readonly before?: readonly string[]; readonly after: readonly string[] } & Pick<
    Child,
    'maxBytes' | 'onBytes' | 'keeps'
  >,
): TE.TaskEither<MediaFault, Ended> =>
  runChild({
    executable: program.executable,
    args: [...input(file, settings.limits, [...program.asStored, ...before]), ...after, 'pipe:1'],
    bounds,
    maxBytes,
    onBytes,
    ...(keeps === undefined ? {} : { keeps }),
  })
