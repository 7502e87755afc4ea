import { fault } from '../flow/index.ts'
import type { Layout } from './picture.ts'
import type { MediaFault } from './types.ts'

/** The fault of pictures that are larger than allowed. */
export const tooManyPixels = (
  path: string,
  { width, height }: { readonly width: number; readonly height: number },
  limit: number,
): MediaFault =>
  fault(
    'TooLarge',
    `${path} has pictures of ${width}×${height} = ${width * height} pixels, the limit is ${limit}`,
    'Raise limits.pixels if you trust the file.',
  )

/** The fault of a picture whose size is not the clip's. */
export const sizeChange = (
  path: string,
  { stored }: Layout,
  found: { readonly width: number; readonly height: number },
  when: string,
): MediaFault =>
  fault(
    'SizeChange',
    `${path}: the picture ${when} is stored in ${found.width}×${found.height}, the first in ${stored.width}×${stored.height}`,
    "Take such pictures scaled to the first size with onSizeChange: 'scale', sample elsewhere, or cut the clip there.",
  )
