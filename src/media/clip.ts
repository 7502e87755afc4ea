import type { Timeline } from './timeline.ts'
import type { Clip } from './types.ts'

/** What a container tells of a stream; sizes before rotation. */
export interface Told {
  readonly codec: string
  readonly width: number
  readonly height: number
  readonly rotation: number
  readonly fps: number | undefined
  readonly realFps: number | undefined
}

/** Frames per second from the first frame to the last; undefined where no time passes between them. */
export const measuredFps = ({ seconds }: Pick<Timeline, 'seconds'>): number | undefined => {
  const span = seconds.at(-1) ?? 0
  return span > 0 ? (seconds.length - 1) / span : undefined
}

/** Whether two rates differ only by the rounding of times to ticks. */
const alike = (a: number, b: number, tolerance: number): boolean => Math.abs(a - b) <= tolerance * b

/**
 * Frames per second that times and counts are worked out with: the container's word where the frames bear it out to one
 * in a hundred (it is exact where times are rounded to ticks), else what was measured.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { rateOf } from 'kinograd/media'
 *
 * assert.equal(rateOf({ fps: 30, measuredFps: 30.003 }), 30)
 * assert.equal(rateOf({ fps: 25, measuredFps: 12.5 }), 12.5)
 * assert.equal(rateOf({ fps: 25 }), 25)
 * ```
 */
export const rateOf = ({ fps, measuredFps: measured }: Pick<Clip, 'fps' | 'measuredFps'>): number =>
  measured === undefined || alike(fps, measured, 0.01) ? fps : measured

/**
 * The clip of a timeline. The average rate is what the container tells, else what the timeline gives; the duration
 * reaches to the end of the last frame at mean spacing.
 */
export const clipOf = (path: string, line: Timeline, told: Told): Clip => {
  const measured = measuredFps(line)
  const fps = told.fps ?? measured ?? 1
  const turned = told.rotation % 180 !== 0
  return {
    path,
    durationSeconds: line.ids.length / (measured ?? fps),
    frameCount: line.ids.length,
    fps,
    width: turned ? told.height : told.width,
    height: turned ? told.width : told.height,
    codec: told.codec,
    rotation: told.rotation,
    ...(told.realFps === undefined ? {} : { realFps: told.realFps }),
    ...(measured === undefined ? {} : { measuredFps: alike(fps, measured, 1e-9) ? fps : measured }),
    ...(line.start === 0 ? {} : { startSeconds: line.start }),
    ...(line.jumps.length === 0 ? {} : { clockJumps: line.jumps }),
  }
}
