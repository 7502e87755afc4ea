import { taskEither as TE } from 'fp-ts'
import { fault } from '../flow/index.ts'
import { encoded, notEncoded, pixelsOf } from './jpeg.ts'
import type { Frames, MediaFault } from './types.ts'

/** The pixels of one frame in this size. It may reject. */
const cellOf = async (frames: Frames, index: number, width: number, height: number): Promise<Uint8Array> => {
  const size = frames.width * frames.height * 3
  return frames.width === width && frames.height === height
    ? frames.data.subarray(index * size, (index + 1) * size)
    : (await pixelsOf(frames, index)).resize(width, height, { fit: 'fill' }).raw().toBuffer()
}

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
  const { cell: widest = 160, gap = 4, quality = 80 } = options
  if (frames.count === 0) return TE.left(fault('BadSampling', 'there are 0 frames to show', 'Sample at least one.'))
  const columns = Math.min(frames.count, options.columns ?? Math.ceil(Math.sqrt(frames.count)))
  const rows = Math.ceil(frames.count / columns)
  const width = Math.min(widest, frames.width)
  const height = Math.max(1, Math.round((frames.height * width) / frames.width))
  const sheet = { width: gap + columns * (width + gap), height: gap + rows * (height + gap) }
  return TE.tryCatch(async () => {
    const cells = await Promise.all(Array.from({ length: frames.count }, (_, i) => cellOf(frames, i, width, height)))
    const data = new Uint8Array(sheet.width * sheet.height * 3).fill(255)
    cells.forEach((cell, i) => {
      const left = gap + (i % columns) * (width + gap)
      const top = gap + Math.floor(i / columns) * (height + gap)
      for (let y = 0; y < height; y++)
        data.set(cell.subarray(y * width * 3, (y + 1) * width * 3), ((top + y) * sheet.width + left) * 3)
    })
    return encoded({ data, count: 1, times: [0], ...sheet }, 0, quality)
  }, notEncoded)
}
