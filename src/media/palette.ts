import type { Timeline } from './timeline.ts'

/**
 * A timeline that is decoded from the start where pictures are numbers of a palette: the palette comes once, with the first packet
 * or with the one that changed it, and a seek would leave it behind.
 */
export const fromTheStart = (line: Timeline, pixelFormat: string): Timeline =>
  pixelFormat === 'pal8' ? { ...line, fromStart: true } : line
