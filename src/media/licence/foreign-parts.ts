import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { either as E, type task as T, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { messageOf } from '../../flow/index.ts'
import { boundsFromNow } from '../bounds.ts'
import { runChild } from '../ffmpeg/child.ts'
import { loadAv } from '../nodeav/load.ts'
import { ffmpegLicence } from './ffmpeg-licence.ts'

/** Compiled code of others that works here, and its terms. */
export interface ForeignPart {
  /** What brings it: a package, or the path of a program. */
  readonly by: string
  /** What it is, with its version. */
  readonly holds: string
  /** By SPDX; `nonfree` where FFmpeg's own build says so. */
  readonly licence: string
  /** Libraries in it under the GPL. */
  readonly gpl: readonly string[]
  /** Libraries in it that FFmpeg's unchanged `configure` counts as nonfree. */
  readonly nonfree: readonly string[]
}

const ofFfmpeg = (by: string, version: string, configuration: string): ForeignPart => ({
  by,
  holds: `FFmpeg ${version}`,
  ...ffmpegLicence(configuration),
})

const inNodeAv: T.Task<readonly ForeignPart[]> = async () => {
  const av = await loadAv()
  if (E.isLeft(av)) return []
  const { version, configuration } = av.right.getFFmpegInfo()
  return [ofFfmpeg('node-av', version, configuration)]
}

/** A program's own words about itself; nothing where it is no ffmpeg. */
const inProgram = async (path: string): Promise<readonly ForeignPart[]> => {
  const chunks: Buffer[] = []
  await runChild({
    executable: path,
    args: ['-hide_banner', '-version'],
    bounds: boundsFromNow(path, 10_000, undefined),
    maxBytes: 2 ** 16,
    onBytes: chunk => chunks.push(chunk),
  })()
  const said = Buffer.concat(chunks).toString('latin1')
  const version = /^ffmpeg version (\S+)/.exec(said)?.[1]
  const configuration = /^configuration: (.*)$/m.exec(said)?.[1]
  return version === undefined || configuration === undefined ? [] : [ofFfmpeg(path, version, configuration)]
}

const manifest = t.type({ version: t.string, license: t.string })

/** What a package says of itself; nothing where it is not installed. */
const inPackage = (name: string, holds: (version: string) => string): T.Task<readonly ForeignPart[]> => {
  const read = TE.tryCatch(async (): Promise<unknown> => {
    const { resolve } = createRequire(import.meta.url)
    // sharp's binaries give their package.json away under another name.
    const path = name.startsWith('@img/') ? resolve(`${name}/package`) : resolve(`${name}/package.json`)
    return JSON.parse(await readFile(path, 'utf8'))
  }, messageOf)
  return TE.match(
    () => [],
    (value: unknown) => {
      const decoded = manifest.decode(value)
      if (E.isLeft(decoded)) return []
      const { version, license } = decoded.right
      return [{ by: name, holds: holds(version), licence: license, gpl: [], nonfree: [] }]
    },
  )(read)
}

/** Packages that bring sharp's libvips, of which npm installs the platform's one; on Windows it is in sharp's own binary. */
const libvipsPackages = ['libvips-%', 'libvips-%musl', '%'].map(
  name => `@img/sharp-${name.replace('%', process.platform)}-${process.arch}`,
)

const inSharp = async (): Promise<readonly ForeignPart[]> => {
  const sharp = await import('sharp').catch(() => undefined)
  if (sharp === undefined) return []
  for (const name of libvipsPackages) {
    const found = await inPackage(name, () => `libvips ${sharp.default.versions.vips}`)()
    if (found.length > 0) return found
  }
  return []
}

/**
 * Compiled code of others that this room can use here, with the terms that it is under: FFmpeg inside node-av, by the configuration
 * that it reports itself; the program that `FFMPEG_BIN` names; ffmpeg-static; sharp's libvips. For those who pass an application
 * on, and for `kinograd doctor`. What is not installed is not listed.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { foreignParts } from 'kinograd/media'
 *
 * const parts = await foreignParts()()
 * const ffmpeg = parts.find(({ by }) => by === 'node-av')
 * assert.match(ffmpeg?.licence ?? '', /GPL/)
 * ```
 */
export const foreignParts =
  (env: Readonly<Record<string, string | undefined>> = process.env): T.Task<readonly ForeignPart[]> =>
  async () => {
    const { FFMPEG_BIN = '' } = env
    const found = await Promise.all([
      FFMPEG_BIN === '' ? [] : inProgram(FFMPEG_BIN),
      inNodeAv(),
      inPackage('ffmpeg-static', () => 'FFmpeg, as a program')(),
      inSharp(),
    ])
    return found.flat()
  }
