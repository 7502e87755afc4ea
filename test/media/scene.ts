import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { encodeVideo, type VideoOptions } from 'kinograd/media'

/** A folder of its own for a test file. */
export const folder = (): string => mkdtempSync(join(tmpdir(), 'kinograd-media-'))

const bits = 10

/**
 * A picture that says its own number: ten vertical bars, light for 1 and dark for 0, above a moving coloured box, so
 * that after compression one can still read which frame it is, and which side is up.
 */
export const numbered = (index: number, width: number, height: number): Uint8Array => {
  const out = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const top = y < height / 2
      const bar = Math.floor((x * bits) / width)
      const inBox = !top && (x + index * 3) % width < width / 4
      const base = 3 * (y * width + x)
      const light = top ? ((index >> bar) & 1 ? 220 : 40) : 90
      out[base] = inBox ? 200 : light
      out[base + 1] = inBox ? 60 : light
      out[base + 2] = inBox ? 30 : light
    }
  return out
}

/** Reads the number of a picture made by `numbered`. */
export const readNumber = (rgb: Uint8Array, width: number, height: number): number => {
  let out = 0
  for (let bar = 0; bar < bits; bar++) {
    const x = Math.floor(((bar + 0.5) * width) / bits)
    if ((rgb[3 * (Math.floor(height / 4) * width + x) + 1] as number) > 130) out |= 1 << bar
  }
  return out
}

/** Renders numbered pictures into a file. */
export const render = async (path: string, count: number, options: VideoOptions): Promise<string> => {
  function* frames() {
    for (let i = 0; i < count; i++) yield numbered(i, options.width, options.height)
  }
  return right(await encodeVideo(path, frames(), options)().then(E.map(() => path)))
}

/** The value, or a failed test that shows the fault. */
export const right = <A>(result: E.Either<unknown, A>): A => {
  if (E.isLeft(result)) throw new Error(JSON.stringify(result.left))
  return result.right
}

/** The fault, or a failed test. */
export const left = <F>(result: E.Either<F, unknown>): F => {
  if (E.isRight(result)) throw new Error('expected a fault')
  return result.left
}
