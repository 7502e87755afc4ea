import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import { type Bounds, boundsFromNow } from '../bounds.ts'
import type { PlainFile } from '../file.ts'
import type { Limits } from '../limits.ts'
import type { MediaFault } from '../types.ts'
import { type Child, type Ended, runChild } from './child.ts'
import { input } from './input.ts'

/** An ffmpeg program that was found to answer. */
export interface Program {
  readonly executable: string
  readonly version: string
  /** How this version is told to keep every frame at its own time. */
  readonly everyFrame: readonly string[]
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
      const version = /^ffmpeg version (\S+)/.exec(Buffer.concat(chunks).toString('latin1'))?.[1]
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
        everyFrame: old ? ['-vsync', 'passthrough'] : ['-fps_mode', 'passthrough'],
      })
    }),
  )
}

/** One call of the adapter: the program, the file and what bounds the call. */
export interface Session {
  readonly program: Program
  readonly file: PlainFile
  readonly limits: Limits
  readonly bounds: Bounds
}

/** Runs the program on the file. */
export const run = (
  { program, file, limits, bounds }: Session,
  {
    before = [],
    after,
    maxBytes,
    onBytes,
  }: { readonly before?: readonly string[]; readonly after: readonly string[] } & Pick<Child, 'maxBytes' | 'onBytes'>,
): TE.TaskEither<MediaFault, Ended> =>
  runChild({
    executable: program.executable,
    args: [...input(file, limits, before), ...after, 'pipe:1'],
    bounds,
    maxBytes,
    onBytes,
  })
