import { colourAt, type Rgb } from '../bars.ts'
import { withMatrix } from '../boxes.ts'
import { file, type MediaCase, plain, run, showing } from '../case.ts'

/** A matrix without translation: (x, y) is shown at (a·x + c·y, b·x + d·y), y downwards. */
type Turn = readonly [a: number, b: number, c: number, d: number]

const turns: readonly (readonly [name: string, what: string, turn: Turn])[] = [
  ['none', 'no turn', [1, 0, 0, 1]],
  ['90', 'a quarter turn clockwise', [0, 1, -1, 0]],
  ['180', 'half a turn', [-1, 0, 0, -1]],
  ['270', 'a quarter turn anticlockwise', [0, -1, 1, 0]],
  ['hflip', 'left and right change places', [-1, 0, 0, 1]],
  ['vflip', 'top and bottom change places', [1, 0, 0, -1]],
  ['transpose', 'mirrored at the falling diagonal', [0, 1, 1, 0]],
  ['transverse', 'mirrored at the rising diagonal', [0, -1, -1, 0]],
]

const [width, height] = [160, 96]
const probed = [
  [8, 24],
  [151, 24],
  [80, 12],
  [40, 36],
  [8, 84],
  [151, 84],
  [90, 60],
] as const

/** Where pixels of picture 21 are shown, and their colours. */
const shown = ([a, b, c, d]: Turn): Readonly<Record<string, Rgb>> =>
  Object.fromEntries(
    probed.map(([x, y]) => {
      const left = a * x + c * y + (a < 0 ? width - 1 : 0) + (c < 0 ? height - 1 : 0)
      const top = b * x + d * y + (b < 0 ? width - 1 : 0) + (d < 0 ? height - 1 : 0)
      return [`${left},${top}`, colourAt(21, x, y, width, height)]
    }),
  )

const right = (turn: Turn) => {
  const { numbers: _, ...counted } = showing(run(36))
  return {
    ...counted,
    size: (turn[0] === 0 ? [height, width] : [width, height]) satisfies readonly [number, number] as readonly [
      number,
      number,
    ],
    pixelsOfFrame: { '21': shown(turn) },
  }
}

const clip = () => file('mp4', { ...plain, count: 36 })
const matrix = ([a, b, c, d]: Turn, x = 0, y = 0): readonly number[] => [a, b, 0, c, d, 0, x, y, 1]

const odd: readonly (readonly [name: string, what: string, matrix: readonly number[]])[] = [
  ['45', 'an eighth of a turn', matrix([Math.SQRT1_2, Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT1_2])],
  ['1', 'one degree', matrix([0.99985, 0.01745, -0.01745, 0.99985])],
  ['shear', 'a shear', matrix([1, 0.5, 0, 1])],
  ['stretch', 'twice as high', matrix([1, 0, 0, 2])],
  ['perspective', 'a perspective', [1, 0, 0.25, 0, 1, 0, 0, 0, 1]],
  ['zero', 'all zeros', [0, 0, 0, 0, 0, 0, 0, 0, 0]],
]

/** Display matrices of MP4: all eight turns and mirrors, translations with them, and others. */
export const matrices: readonly MediaCase[] = [
  ...turns.map(
    ([name, what, turn]): MediaCase => ({
      name: `mx_${name}.mp4`,
      why: `${what}: pictures come as a viewer shows them`,
      make: () => withMatrix(clip(), matrix(turn)),
      right: right(turn),
    }),
  ),
  ...turns.slice(1, 5).map(
    ([name, what, turn]): MediaCase => ({
      name: `mx_${name}_moved.mp4`,
      why: `${what}, with the translation that brings it back into view, as cameras write it`,
      make: () =>
        withMatrix(
          clip(),
          matrix(turn, turn[0] < 0 || turn[2] < 0 ? width : 0, turn[1] < 0 || turn[3] < 0 ? height : 0),
        ),
      right: right(turn),
    }),
  ),
  ...odd.map(
    ([name, what, entries]): MediaCase => ({
      name: `mx_odd_${name}.mp4`,
      why: `${what}: refused or applied, by both decoders alike`,
      make: () => withMatrix(clip(), entries),
      right: { frames: 36, refusal: { how: 'may' } },
    }),
  ),
  {
    name: 'mx_double.mp4',
    why: 'a half turn at twice the size: the turn is undone, the size is the container’s',
    make: () => withMatrix(clip(), matrix([-2, 0, 0, -2])),
    right: { ...right([-1, 0, 0, -1]), refusal: { how: 'may' } },
  },
]
