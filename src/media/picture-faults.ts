import { fault } from '../flow/index.ts'
import type { MediaFault } from './types.ts'

interface Size {
  readonly width: number
  readonly height: number
}

/** The fault of pictures that are larger than allowed. */
export const tooManyPixels = (path: string, { width, height }: Size, limit: number): MediaFault =>
  fault(
    'TooLarge',
    `${path} has pictures of ${width}×${height} = ${width * height} pixels, the limit is ${limit}`,
    'Raise limits.pixels if you trust the file.',
  )

/** The fault of a picture whose size is not the clip's. */
export const sizeChange = (
  path: string,
  { stored }: { readonly stored: Size },
  found: Size,
  when: string,
): MediaFault =>
  fault(
    'SizeChange',
    `${path}: the picture ${when} is stored in ${found.width}×${found.height}, the first in ${stored.width}×${stored.height}`,
    "Take such pictures scaled to the first size with onSizeChange: 'scale', sample elsewhere, or cut the clip there.",
  )
