import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { either as E } from 'fp-ts'
import { type Fault, fault, messageOf } from '../../flow/index.ts'
import { encodeVideo } from '../../media/index.ts'

/** What one clip shows: so many boxes of one colour that move one way. */
export interface ClipScene {
  readonly file: string
  readonly boxes: 1 | 2 | 3
  readonly colour: 'red' | 'green' | 'blue'
  readonly way: 'left' | 'right' | 'up' | 'down'
}

/** The three clips of a new folder. */
export const scenes: readonly ClipScene[] = [
  { file: 'clips/red.mp4', boxes: 1, colour: 'red', way: 'right' },
  { file: 'clips/green.mp4', boxes: 2, colour: 'green', way: 'down' },
  { file: 'clips/blue.mp4', boxes: 3, colour: 'blue', way: 'left' },
]

const [side, frames, box, fps] = [112, 16, 32, 8]
const steps: Readonly<Record<ClipScene['way'], readonly [x: number, y: number]>> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
}
const channels: Readonly<Record<ClipScene['colour'], number>> = { red: 0, green: 1, blue: 2 }

/** One picture: boxes side by side across the way that they go, a little further in each picture. */
const picture = ({ boxes, colour, way }: ClipScene, frame: number): Uint8Array => {
  const pixels = new Uint8Array(side * side * 3).fill(8)
  const [dx, dy] = steps[way]
  const along = Math.round(((side - box) * frame) / (frames - 1))
  for (let n = 0; n < boxes; n++) {
    const across = Math.round(((n + 1) * side) / (boxes + 1)) - box / 2
    const place = (d: number): number => (d === 0 ? across : d > 0 ? along : side - box - along)
    const [left, top] = [place(dx), place(dy)]
    for (let y = top; y < top + box; y++)
      for (let x = left; x < left + box; x++) pixels[(y * side + x) * 3 + channels[colour]] = 255
  }
  return pixels
}

/** Writes the three clips under a folder, as H.264. */
export const writeClips = async (folder: string): Promise<E.Either<Fault, void>> => {
  for (const scene of scenes) {
    const path = join(folder, scene.file)
    try {
      await mkdir(dirname(path), { recursive: true })
    } catch (error) {
      return E.left(fault('CannotWrite', `${path} cannot be written: ${messageOf(error)}`, 'Check the folder.'))
    }
    const pictures = Array.from({ length: frames }, (_, frame) => picture(scene, frame))
    const written = await encodeVideo(path, pictures, { width: side, height: side, fps })()
    if (E.isLeft(written)) return written
  }
  return E.right(undefined)
}
