import { either as E, function as F, taskEither as TE } from 'fp-ts'
import sharp from 'sharp'
import { fault } from '../flow/index.ts'
import { plainFile } from './file.ts'
import { defaultLimits, type Limits } from './limits.ts'
import type { Frames, MediaFault } from './types.ts'

const allowed: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp'])

/**
 * Reads a JPEG, PNG or WebP as one upright RGB frame at time 0: the orientation tag is undone, an alpha channel is
 * laid on white as current qwen_vl_utils does, 16-bit and grey pictures become 8-bit RGB. Of an animation the first frame.
 * `NotFound`, `NotAFile`, `Empty`, `TooLarge` (size checked before decoding), `NotAnImage` (another format, cut short).
 */
export const readImage = (path: string, options: Partial<Limits> = {}): TE.TaskEither<MediaFault, Frames> => {
  const limits = { ...defaultLimits, ...options }
  const refused = (error: unknown): MediaFault =>
    fault(
      'NotAnImage',
      `${path}: ${error instanceof Error ? error.message : String(error)}`,
      'Give a whole JPEG, PNG or WebP file.',
    )
  return F.pipe(
    plainFile(path, limits),
    TE.bindTo('file'),
    TE.bind('head', ({ file }) => TE.tryCatch(() => sharp(file.path, { limitInputPixels: false }).metadata(), refused)),
    TE.chain(({ file, head }) => {
      const { width, height } = head
      if (!allowed.has(head.format)) return TE.left(refused(`is ${head.format}, which is not read as an image`))
      if (width * height > limits.pixels)
        return TE.left(
          fault(
            'TooLarge',
            `${file.path} has ${width}×${height} = ${width * height} pixels, the limit is ${limits.pixels}`,
            'Raise limits.pixels if you trust the file.',
          ),
        )
      return TE.tryCatch(
        () =>
          sharp(file.path, { limitInputPixels: limits.pixels, failOn: 'error' })
            .rotate()
            .flatten({ background: '#ffffff' })
            .toColourspace('srgb')
            .raw()
            .toBuffer({ resolveWithObject: true }),
        refused,
      )
    }),
    TE.chainEitherK(({ data, info }) =>
      info.channels === 3
        ? E.right({ data: new Uint8Array(data), count: 1, height: info.height, width: info.width, times: [0] })
        : E.left(refused(`has ${info.channels} channels after conversion, 3 are needed`)),
    ),
  )
}
