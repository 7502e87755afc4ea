import { render, type Scene } from '../../videop2r/world/index.ts'

/** Frames of a clip: so many that eight uniform ones are more than three apart. */
export const clipFrames = 24

/** Pixels along each side, and the band at the top in which the text stands. */
export const side = 56
const band = 16

/**
 * A clip in which the text is shown in one frame only, as frames of [height, width, 3] bytes: the objects of the scene move all the time,
 * the text flashes at frame `event`. Shorter than the gap of eight uniform frames, so that those meet it about once in three times.
 */
export const eventClip = (scene: Scene, event: number, key: string): readonly Uint8Array[] => {
  const { data, count } = render(scene, key)
  const size = side * side * 3
  return Array.from({ length: clipFrames }, (_, frame) => {
    const from = Math.floor((frame * count) / clipFrames)
    const picture = data.slice(from * size, (from + 1) * size)
    if (frame !== event) picture.fill(scene.background, 0, band * side * 3)
    return picture
  })
}
