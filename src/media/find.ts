import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { either as E, type taskEither as TE } from 'fp-ts'
import { fault } from '../flow/index.ts'
import type { DecoderOptions } from './decoder.ts'
import { ffmpeg } from './ffmpeg/adapter.ts'
import { programAt } from './ffmpeg/program.ts'
import { nodeAv } from './nodeav/adapter.ts'
import { loadAv } from './nodeav/load.ts'
import type { PictureDecoder } from './pictures/with-pictures.ts'
import type { MediaFault } from './types.ts'

/** What decides which decoder is taken. */
export interface FindOptions extends DecoderOptions {
  /** Path of an ffmpeg program, or 'node-av': taken, or a fault. */
  readonly use?: string
  /** The process's environment unless given: `FFMPEG_BIN` and `PATH` are read. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** The decoder that was taken, why, and why not the others: for the log and for `kinograd doctor`. */
export interface FoundDecoder {
  readonly decoder: PictureDecoder
  /** E.g. `node-av` or `/usr/bin/ffmpeg (7.1)`. */
  readonly name: string
  readonly why: string
  readonly others: readonly { readonly name: string; readonly why: string }[]
}

interface Candidate {
  readonly name: string
  readonly why: string
  readonly take: () => Promise<E.Either<string, { readonly decoder: PictureDecoder; readonly name: string }>>
}

const program = async (path: string, options: FindOptions): ReturnType<Candidate['take']> => {
  const found = await programAt(path)()
  return E.isRight(found)
    ? E.right({ decoder: ffmpeg(path, options), name: `${path} (${found.right.version})` })
    : E.left(found.left.cause)
}

const inProcess = async (options: FindOptions): ReturnType<Candidate['take']> => {
  const av = await loadAv()
  return E.isRight(av) ? E.right({ decoder: nodeAv(options), name: 'node-av' }) : E.left(av.left.cause)
}

/** ffmpeg-static exports a path even where its download was blocked, so the file itself is looked at. */
const staticProgram = async (options: FindOptions): ReturnType<Candidate['take']> => {
  const name: string = 'ffmpeg-static'
  const module: unknown = await import(name).then(
    (found: { default?: unknown }) => found.default,
    () => undefined,
  )
  if (typeof module !== 'string') return E.left('the package is not installed')
  const executable = await isExecutable(module)
  return executable ? program(module, options) : E.left(`${module} is not there or not executable`)
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )

const onPath = async (options: FindOptions): ReturnType<Candidate['take']> => {
  const file = process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg'
  const folders = ((options.env ?? process.env).PATH ?? '').split(delimiter).filter(folder => folder !== '')
  for (const folder of folders) if (await isExecutable(join(folder, file))) return program(join(folder, file), options)
  return E.left(`no ffmpeg in the ${folders.length} folders of PATH`)
}

const candidates = (options: FindOptions): readonly Candidate[] => {
  const named = (options.env ?? process.env).FFMPEG_BIN ?? ''
  return [
    {
      name: 'FFMPEG_BIN',
      why: 'the environment names it',
      take: async () => (named === '' ? E.left('not set') : program(named, options)),
    },
    {
      name: 'node-av',
      why: 'decoding in process is the fastest: no child process, and unneeded pictures are skipped',
      take: () => inProcess(options),
    },
    { name: 'ffmpeg-static', why: 'the package brings a program', take: () => staticProgram(options) },
    { name: 'ffmpeg on PATH', why: 'it is installed', take: () => onPath(options) },
  ]
}

/**
 * Finds a decoder: the option, else `FFMPEG_BIN`, else node-av, else ffmpeg-static if its file is executable, else
 * `ffmpeg` on PATH. What was asked for by option is taken or is a fault; nothing else replaces it. `NoDecoder` lists
 * everything that was tried.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { findDecoder } from 'kinograd/media'
 *
 * const found = await findDecoder({ use: 'node-av' })()
 * assert(found._tag === 'Right')
 * assert.equal(found.right.name, 'node-av')
 * ```
 */
export const findDecoder =
  (options: FindOptions = {}): TE.TaskEither<MediaFault, FoundDecoder> =>
  async () => {
    if (options.use !== undefined) {
      const asked = options.use === 'node-av' ? await inProcess(options) : await program(options.use, options)
      return E.isRight(asked)
        ? E.right({ ...asked.right, why: 'it was asked for', others: [] })
        : E.left(fault('NoDecoder', `${options.use}: ${asked.left}`, 'Correct the option or leave it out.'))
    }
    const others: { name: string; why: string }[] = []
    const all = candidates(options)
    for (const [i, candidate] of all.entries()) {
      const taken = await candidate.take()
      if (E.isRight(taken)) {
        const rest = all.slice(i + 1).map(({ name }) => ({ name, why: `not needed: ${candidate.name} comes first` }))
        return E.right({ ...taken.right, why: candidate.why, others: [...others, ...rest] })
      }
      others.push({ name: candidate.name, why: taken.left })
    }
    return E.left(
      fault(
        'NoDecoder',
        `no video decoder: ${others.map(({ name, why }) => `${name}: ${why}`).join('; ')}`,
        'Run npm install (node-av brings its own binary) or install ffmpeg.',
      ),
    )
  }
