import type { Timeline } from './timeline.ts'

/** Codecs whose later packets build on what only the first one brings, whatever they say of key frames. */
const bound: ReadonlySet<string> = new Set(['gif', 'apng'])

/**
 * A timeline without key packets for pictures that may lean on the first packet: a palette comes once, with the first
 * packet or with the last one that changed it, and a seek would leave it behind. They are then decoded from the start.
 */
export const fromTheStart = (line: Timeline, codec: string, pixelFormat: string): Timeline =>
  pixelFormat === 'pal8' || bound.has(codec) ? { ...line, keys: [] } : line
