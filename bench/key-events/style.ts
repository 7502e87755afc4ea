/** What an event film looks like: everything that its seed does not decide. Sizes in pixels, lengths in frames. */
export interface Style {
  readonly name: string
  readonly width: number
  readonly height: number
  /** Shortest and longest event. */
  readonly length: readonly [number, number]
  /** Smallest and largest half width of what appears. */
  readonly radius: readonly [number, number]
  readonly shape: 'disc' | 'square'
  /** Whether what appears differs in light, or in colour alone. */
  readonly tint: 'light' | 'colour'
  /** Amplitude of the grain, of 256. */
  readonly grain: number
  /** Largest jump of the camera from frame to frame. */
  readonly shake: number
  /** Pixels a frame that the backdrop drifts. */
  readonly drift: number
  /** Amplitude of the flicker of the whole picture, of 256. */
  readonly flicker: number
  /** Cuts to another backdrop. */
  readonly cuts: number
  /** Frames over which what appears fades in and out. */
  readonly fade: number
}

const plain: Style = {
  name: 'discs',
  width: 160,
  height: 96,
  length: [3, 9],
  radius: [8, 14],
  shape: 'disc',
  tint: 'light',
  grain: 10,
  shake: 0,
  drift: 0.3,
  flicker: 0,
  cuts: 0,
  fade: 0,
}

/** The first style: the one that `adaptive` was made with. */
export const first: Style = plain

/** Styles that differ from it in one way each, and one in many. */
export const others: readonly Style[] = [
  { ...plain, name: 'small', width: 320, height: 192, radius: [6, 10] },
  { ...plain, name: 'brief', length: [2, 3] },
  { ...plain, name: 'squares that fade', shape: 'square', fade: 3, length: [6, 12] },
  { ...plain, name: 'colour alone', tint: 'colour' },
  { ...plain, name: 'strong grain', grain: 60 },
  { ...plain, name: 'shaking camera', shake: 3 },
  { ...plain, name: 'fast pan', drift: 3 },
  { ...plain, name: 'flicker', flicker: 12 },
  { ...plain, name: 'cuts', cuts: 5 },
  { ...plain, name: 'handheld', width: 240, height: 136, shake: 2, grain: 25, flicker: 5, cuts: 2, radius: [9, 15] },
]
