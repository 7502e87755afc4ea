import type { DataType } from './record.ts'

const endings: Readonly<Record<string, DataType>> = {
  ...Object.fromEntries(
    ['mp4', 'webm', 'mkv', 'mov', 'avi', 'm4v', 'mpg', 'mpeg', 'flv', 'wmv', 'ts', '3gp', 'gif'].map(
      e => [e, 'video'] as const,
    ),
  ),
  ...Object.fromEntries(['jpg', 'jpeg', 'png', 'webp', 'bmp', 'tif', 'tiff', 'avif'].map(e => [e, 'image'] as const)),
}

/** What a file is by the ending of its name: a video or an image; nothing where the ending does not say. */
export const kindOfFile = (path: string): DataType | undefined => {
  const ending = /\.([a-z0-9]{2,4})$/i.exec(path)?.[1]?.toLowerCase()
  return ending !== undefined && Object.hasOwn(endings, ending) ? endings[ending] : undefined
}
