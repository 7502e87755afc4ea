import type { Random } from './random.ts'

export const colours = ['red', 'green', 'blue', 'yellow', 'purple'] as const
export const shapes = ['circle', 'square', 'triangle'] as const
export const directions = ['left', 'right', 'up', 'down'] as const
export const letters = ['H', 'K', 'M', 'P', 'R', 'T', 'X', 'Z'] as const
export type Colour = (typeof colours)[number]
export type Shape = (typeof shapes)[number]
export type Direction = (typeof directions)[number]
export type Letter = (typeof letters)[number]

/** The word of a list that a text is; undefined when it is none of them. */
export const wordOf = <T extends string>(words: readonly T[], text: string | undefined): T | undefined =>
  words.find(word => word === text)

/** One object on the grid of 4 columns × 3 rows. */
export interface SceneObject {
  readonly colour: Colour
  readonly shape: Shape
  readonly direction: Direction
  /** Cells along the axis of motion, from 1: columns from the left, rows from the top. */
  readonly from: number
  readonly to: number
  /** The cell across the axis of motion, from 1. */
  readonly lane: number
  /** 1, 2 or 3: seen from frame 0, 2 or 4 on. */
  readonly appears: number
  /** Constant offset in pixels, −2 … 2 each. */
  readonly jitter: readonly [x: number, y: number]
}

/** What happens in a clip: all that a question can ask for. */
export interface Scene {
  readonly objects: readonly SceneObject[]
  readonly letter: Letter
  /** 1 … 9. */
  readonly digit: number
  /** Left edge of the letter in pixels; the digit stands 14 pixels further right. */
  readonly textX: number
  /** Grey level of the background. */
  readonly background: number
}

export const frameCount = 8

/** First frame in which the object is seen. */
export const firstFrame = (object: SceneObject): number => 2 * (object.appears - 1)

/** Centre in pixels at a frame: linear from the first frame in which it is seen to the last one of the clip. */
export const centre = (object: SceneObject, frame: number): readonly [x: number, y: number] => {
  const first = firstFrame(object)
  const along = object.from + ((object.to - object.from) * (frame - first)) / (frameCount - 1 - first)
  const horizontal = object.direction === 'left' || object.direction === 'right'
  const [column, row] = horizontal ? [along, object.lane] : [object.lane, along]
  return [8.5 + 13 * (column - 1) + object.jitter[0], 21.5 + 13 * (row - 1) + object.jitter[1]]
}

const drawObject = (r: Random, colour: Colour, appears: number): SceneObject => {
  const direction = r.pick(directions)
  const horizontal = direction === 'left' || direction === 'right'
  const cells = horizontal ? 4 : 3
  const distance = 1 + r.below(cells - 1)
  const low = 1 + r.below(cells - distance)
  const forward = direction === 'right' || direction === 'down'
  return {
    colour,
    shape: r.pick(shapes),
    direction,
    from: forward ? low : low + distance,
    to: forward ? low + distance : low,
    lane: 1 + r.below(horizontal ? 3 : 4),
    appears,
    jitter: [r.next() * 4 - 2, r.next() * 4 - 2],
  }
}

/** Smallest distance in pixels between two centres in any frame that shows both. */
const clearance = (objects: readonly SceneObject[]): number => {
  let least = Number.POSITIVE_INFINITY
  for (const [i, a] of objects.entries())
    for (const b of objects.slice(i + 1))
      for (let f = Math.max(firstFrame(a), firstFrame(b)); f < frameCount; f++) {
        const [ax, ay] = centre(a, f)
        const [bx, by] = centre(b, f)
        least = Math.min(least, Math.hypot(ax - bx, ay - by))
      }
  return least
}

/**
 * Draws a scene of `count` objects of different colours. `timed` gives them different times of appearance.
 * Of up to 24 arrangements the first one without overlap is taken, else the one with the widest gap.
 */
export const drawScene = (r: Random, count: number, timed: boolean): Scene => {
  const chosen = r.shuffle(colours).slice(0, count)
  const times = timed ? r.shuffle([1, 2, 3]) : [1, 1, 1]
  const arrange = () => chosen.map((colour, i) => drawObject(r, colour, times[i] ?? 1))
  let objects = arrange()
  let gap = clearance(objects)
  for (let i = 1; i < 24 && gap < 11; i++) {
    const other = arrange()
    const wider = clearance(other)
    if (wider > gap) [objects, gap] = [other, wider]
  }
  return {
    objects,
    letter: r.pick(letters),
    digit: 1 + r.below(9),
    textX: r.pick([2, 16, 30]),
    background: 8 + r.below(23),
  }
}
