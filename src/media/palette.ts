import type { Timeline } from './timeline.ts'

/**
 * A timeline without key packets where pictures are numbers of a palette: the palette comes once, with the first packet
 * or with the one that changed it, and a seek would leave it behind. Such clips are decoded from the start.
 */
export const fromTheStart = (line: Timeline, pixelFormat: string): Timeline =>
  pixelFormat === 'pal8' ? { ...line, keys: [] } : line
