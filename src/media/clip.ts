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

/** Frames per second from the first frame to the last; undefined for a single frame. */
export const measuredFps = ({ pts, tick }: Timeline): number | undefined => {
  const span = ((pts.at(-1) ?? 0) - (pts[0] ?? 0)) * tick
  return span > 0 ? (pts.length - 1) / span : undefined
}

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
    durationSeconds: line.pts.length / (measured ?? fps),
    frameCount: line.pts.length,
    fps,
    width: turned ? told.height : told.width,
    height: turned ? told.width : told.height,
    codec: told.codec,
    rotation: told.rotation,
    ...(told.realFps === undefined ? {} : { realFps: told.realFps }),
  }
}
