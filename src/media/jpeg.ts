import { function as F, taskEither as TE } from 'fp-ts'
import { fault, messageOf } from '../flow/index.ts'
import type { Frames, MediaFault } from './types.ts'

const failed = (error: unknown): MediaFault =>
  fault('NotWritten', `JPEG: ${messageOf(error)}`, 'Check the frames and their size.')

const pixels = async (frames: Frames, index: number) => {
  const { default: sharp } = await import('sharp')
  const size = frames.height * frames.width * 3
  return sharp(frames.data.subarray(index * size, (index + 1) * size), {
    raw: { width: frames.width, height: frames.height, channels: 3 },
  })
}

/**
 * One frame as JPEG bytes; quality 1 to 100. `BadSampling` outside the frames, `NotWritten` when it cannot be encoded.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { jpeg } from 'kinograd/media'
 *
 * const frames = { data: new Uint8Array(2 * 8 * 8 * 3), count: 2, height: 8, width: 8, times: [0, 1] }
 * const bytes = await jpeg(frames, 1)()
 * assert(bytes._tag === 'Right' && bytes.right[0] === 0xff && bytes.right[1] === 0xd8)
 * ```
 */
export const jpeg = (frames: Frames, index: number, quality = 85): TE.TaskEither<MediaFault, Uint8Array> =>
  Number.isInteger(index) && index >= 0 && index < frames.count
    ? TE.tryCatch(async () => new Uint8Array(await (await pixels(frames, index)).jpeg({ quality }).toBuffer()), failed)
    : TE.left(fault('BadSampling', `there are ${frames.count} frames, asked for ${index}`, 'Ask for one that exists.'))

/** How a contact sheet is laid out. */
export interface SheetOptions {
  /** Pictures a row; about square unless given. */
  readonly columns?: number
  /** Width of one picture in pixels; 160 unless given. */
  readonly cell?: number
  /** Pixels between pictures; 4 unless given. */
  readonly gap?: number
  readonly quality?: number
}

/**
 * All frames side by side in reading order as one JPEG, for teachers and reports. Scaled down only. Holds the cells
 * and the sheet. `BadSampling` when there are no frames.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { contactSheet } from 'kinograd/media'
 *
 * const frames = { data: new Uint8Array(4 * 8 * 8 * 3), count: 4, height: 8, width: 8, times: [0, 1, 2, 3] }
 * const sheet = await contactSheet(frames, { columns: 2 })()
 * assert(sheet._tag === 'Right' && sheet.right.length > 0)
 * ```
 */
export const contactSheet = (frames: Frames, options: SheetOptions = {}): TE.TaskEither<MediaFault, Uint8Array> => {
  const { cell = 160, gap = 4, quality = 80 } = options
  if (frames.count === 0) return TE.left(fault('BadSampling', 'there are 0 frames to show', 'Sample at least one.'))
  const columns = Math.min(frames.count, options.columns ?? Math.ceil(Math.sqrt(frames.count)))
  const rows = Math.ceil(frames.count / columns)
  const width = Math.min(cell, frames.width)
  const height = Math.max(1, Math.round((frames.height * width) / frames.width))
  return F.pipe(
    TE.tryCatch(
      () =>
        Promise.all(
          Array.from({ length: frames.count }, async (_, i) => ({
            input: await (await pixels(frames, i)).resize(width, height, { fit: 'fill' }).png().toBuffer(),
            left: gap + (i % columns) * (width + gap),
            top: gap + Math.floor(i / columns) * (height + gap),
          })),
        ),
      failed,
    ),
    TE.flatMap(cells =>
      TE.tryCatch(async () => {
        const { default: sharp } = await import('sharp')
        const sheet = sharp({
          create: {
            width: gap + columns * (width + gap),
            height: gap + rows * (height + gap),
            channels: 3,
            background: '#ffffff',
          },
        })
        return new Uint8Array(await sheet.composite(cells).jpeg({ quality }).toBuffer())
      }, failed),
    ),
  )
}
