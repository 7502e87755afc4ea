import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import { fault, messageOf } from '../flow/index.ts'
import { defaultLimits, type Limits } from './limits.ts'
import type { MediaFault } from './types.ts'

const tooLarge = (bytes: number, limit: number): MediaFault =>
  fault('TooLarge', `${bytes} bytes were given, the limit is ${limit}`, 'Raise fileBytes if you trust them.')

/** The bytes of a data URL. The URL itself stays out of faults: it may be large, and secret. */
const bytesOf = (url: string, limit: number): TE.TaskEither<MediaFault, Uint8Array> => {
  const least = Math.floor((url.length * 3) / 4) - 1024
  if (!/^data:/i.test(url))
    return TE.left(fault('NotFound', `${url.length} characters are no data URL`, 'Give bytes, or a data: URL.'))
  if (least > limit) return TE.left(tooLarge(least, limit))
  return TE.tryCatch(
    async () => new Uint8Array(await (await fetch(url)).arrayBuffer()),
    () =>
      fault(
        'NotAVideo',
        `a data URL of ${url.length} characters cannot be read`,
        'Write it as data:video/mp4;base64, and then valid base64.',
      ),
  )
}

/**
 * Lends bytes, or what a data URL holds, a file for as long as `use` runs: decoders read files. The file lies in a folder
 * of its own below the temporary one, readable by its owner alone, and is removed however `use` ends. For media that your
 * code has at hand; records name files. Faults: those of `use`, `Empty`, `TooLarge` (more than `fileBytes`), `NotAVideo`
 * (not a valid data URL), `NotFound` (no data URL), `NotWritten`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, readFile } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { encodeVideo, nodeAv, withMediaFile } from 'kinograd/media'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'kinograd-')), 'clip.mp4')
 * await encodeVideo(path, [new Uint8Array(16 * 16 * 3)], { width: 16, height: 16, fps: 10 })()
 * const clip = await withMediaFile(await readFile(path), lent => nodeAv().probe(lent))()
 * assert(clip._tag === 'Right' && clip.right.frameCount === 1)
 * ```
 */
export const withMediaFile = <F, A>(
  media: Uint8Array | string,
  use: (path: string) => TE.TaskEither<F, A>,
  { fileBytes = defaultLimits.fileBytes }: Partial<Pick<Limits, 'fileBytes'>> = {},
): TE.TaskEither<F | MediaFault, A> =>
  F.pipe(
    typeof media === 'string' ? bytesOf(media, fileBytes) : TE.right(media),
    TE.filterOrElse(
      bytes => bytes.length > 0,
      (): MediaFault => fault('Empty', '0 bytes were given', 'Give the content of a file.'),
    ),
    TE.filterOrElse(
      bytes => bytes.length <= fileBytes,
      bytes => tooLarge(bytes.length, fileBytes),
    ),
    TE.flatMap(written),
    TE.flatMap(
      ({ folder, path }): TE.TaskEither<F | MediaFault, A> =>
        async () => {
          try {
            return await use(path)()
          } finally {
            await rm(folder, { recursive: true, force: true })
          }
        },
    ),
  )

const written = (bytes: Uint8Array): TE.TaskEither<MediaFault, { readonly folder: string; readonly path: string }> =>
  TE.tryCatch(
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'kinograd-lent-'))
      const path = join(folder, 'media')
      await writeFile(path, bytes, { mode: 0o600 })
      return { folder, path }
    },
    error => fault('NotWritten', `${tmpdir()}: ${messageOf(error)}`, 'Free space there, or set TMPDIR.'),
  )
