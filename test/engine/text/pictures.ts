import type { Clip } from 'kinograd/media'
import { drawnAt } from '../../../bench/conformance/drawn.ts'

/** Pictures as make-processor.py draws them. */
export const drawn = drawnAt(2)

/** A clip of which so many frames a second are sampled when `count` of them are taken. */
export const clipOf = (count: number, rate: number, more: Partial<Clip> = {}): Clip => ({
  path: 'a.mp4',
  durationSeconds: count / rate,
  frameCount: 10 * count,
  fps: 10 * rate,
  width: 56,
  height: 56,
  codec: 'h264',
  rotation: 0,
  ...more,
})
