import { open } from 'node:fs/promises'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Metadata } from 'sharp'
import { fault, messageOf } from '../flow/index.ts'
import { type PlainFile, plainFile } from './file.ts'
import { flatten, type Raw } from './flatten.ts'
import { explained } from './impostor.ts'
import { defaultLimits, type Limits } from './limits.ts'
import type { Frames, MediaFault } from './types.ts'

/** How an image is read. */
export interface ImageOptions extends Partial<Limits> {
  /** Undo the orientation tag, as viewers do. The reference loader does not, so that a tagged photograph stays lying. */
  readonly upright?: boolean
}

const allowed: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp'])

/** Colour type 6 of PNG: red, green, blue and alpha, as opposed to a palette or one colour that is transparent. */
const isRgba = async (path: string, head: Metadata): Promise<boolean> => {
  if (head.format !== 'png') return head.channels === 4 && head.hasAlpha === true
  const file = await open(path, 'r')
  try {
    const { buffer } = await file.read(Buffer.alloc(26), 0, 26, 0)
    return buffer[25] === 6
  } finally {
    await file.close()
  }
}

const decode = async (path: string, head: Metadata, pixels: number, upright: boolean): Promise<Raw> => {
  const options = { limitInputPixels: pixels, failOn: 'error', ignoreIcc: true } as const
  const { default: sharp } = await import('sharp')
  const rgba = await isRgba(path, head)
  const image = upright ? sharp(path, options).autoOrient() : sharp(path, options)
  const plain = image.toColourspace('srgb')
  const { data, info } = await (rgba ? plain.ensureAlpha() : plain.removeAlpha())
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { data: new Uint8Array(data), width: info.width, height: info.height, channels: info.channels }
}

/** A picture's file and what its header tells. */
export interface ImageHead {
  readonly file: PlainFile
  readonly head: Metadata
}

const refused =
  (path: string) =>
  (error: unknown): MediaFault =>
    fault('NotAnImage', `${path}: ${messageOf(error)}`, 'Give a whole JPEG, PNG or WebP file.')

/** The header of a JPEG, PNG or WebP within the limits; decodes no pixel. Left: as `readImage`. */
export const imageHead = (
  path: string,
  limits: Pick<Limits, 'fileBytes' | 'pixels'>,
): TE.TaskEither<MediaFault, ImageHead> =>
  F.pipe(
    plainFile(path, limits),
    TE.bindTo('file'),
    TE.bind('head', ({ file }) =>
      F.pipe(
        TE.tryCatch(async () => {
          const { default: sharp } = await import('sharp')
          return sharp(file.path, { limitInputPixels: false }).metadata()
        }, refused(path)),
        TE.orElse(wrong => async () => E.left(await explained(file, wrong))),
      ),
    ),
    TE.flatMapEither(found => {
      const { width, height, format } = found.head
      if (!allowed.has(format)) return E.left(refused(path)(`is ${format}, which is not read as an image`))
      return width * height > limits.pixels
        ? E.left(
            fault(
              'TooLarge',
              `${found.file.path} has ${width}×${height} = ${width * height} pixels, the limit is ${limits.pixels}`,
              'Raise limits.pixels if you trust the file.',
            ),
          )
        : E.right(found)
    }),
  )

/**
 * Reads a JPEG, PNG or WebP as one RGB frame at time 0, to the byte as `fetch_image` in
 * `src/qwen-vl-utils/src/qwen_vl_utils/vision_process.py` of tulerfeng/Video-R1 does: red-green-blue-alpha is laid on
 * white, other transparency and colour profiles are ignored, the orientation tag as well unless `upright`; of an
 * animation the first frame. Unlike PIL, 16-bit grey is scaled instead of clipped and CMYK goes through its standard
 * profile. `NotFound`, `NotAFile`, `Empty`, `TooLarge` (size checked before decoding), `NotAnImage` (another format, cut
 * short).
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { readImage } from 'kinograd/media'
 * import sharp from 'sharp'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'kinograd-')), 'red.png')
 * await sharp({ create: { width: 2, height: 1, channels: 3, background: '#ff0000' } }).toFile(path)
 * const image = await readImage(path)()
 * assert(image._tag === 'Right')
 * assert.deepEqual([...image.right.data], [255, 0, 0, 255, 0, 0])
 * ```
 */
export const readImage = (path: string, options: ImageOptions = {}): TE.TaskEither<MediaFault, Frames> => {
  const { upright = false, ...given } = options
  const limits = { ...defaultLimits, ...given }
  return F.pipe(
    imageHead(path, limits),
    TE.flatMap(({ file, head }) => TE.tryCatch(() => decode(file.path, head, limits.pixels, upright), refused(path))),
    TE.flatMapEither(raw => {
      const { width, height, channels } = raw
      return channels === 3 || channels === 4
        ? E.right({ data: flatten(raw), count: 1, height, width, times: [0] })
        : E.left(refused(path)(`has ${channels} channels after conversion, 3 are needed`))
    }),
  )
}
