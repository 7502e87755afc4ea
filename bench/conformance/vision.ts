import { readFile } from 'node:fs/promises'
import { either as E, function as F } from 'fp-ts'
import { fps, frameCount, resize, smartResize, spaced, uniform } from 'kinograd/media'
import type { Check, Quantity } from './quantity.ts'

interface Golden {
  readonly smartResize: readonly {
    readonly height: number
    readonly width: number
    readonly factor: number
    readonly minPixels: number
    readonly maxPixels: number
    readonly expected: readonly [number, number] | null
  }[]
  readonly frameIndices: readonly {
    readonly total: number
    readonly fps: number
    readonly options: {
      readonly nframes?: number
      readonly fps?: number
      readonly min_frames?: number
      readonly max_frames?: number
    }
    readonly expected: readonly number[] | null
  }[]
  readonly resize: readonly {
    readonly height: number
    readonly width: number
    readonly toHeight: number
    readonly toWidth: number
    readonly input: string
    readonly expected: string
  }[]
}

/** 0 when both lists agree, infinite when one exists and the other does not, else the largest difference. */
const distance = (ours: ArrayLike<number> | null, theirs: ArrayLike<number> | null): number => {
  if (ours === null || theirs === null) return ours === theirs ? 0 : Infinity
  if (ours.length !== theirs.length) return Infinity
  let most = 0
  for (let i = 0; i < ours.length; i++) most = Math.max(most, Math.abs((ours[i] as number) - (theirs[i] as number)))
  return most
}

const orNull = <A>(result: E.Either<unknown, A>): A | null => (E.isRight(result) ? result.right : null)

const specOf = (options: Golden['frameIndices'][number]['options']) =>
  options.nframes === undefined ? fps(options.fps, options.min_frames, options.max_frames) : uniform(options.nframes)

const worst = (name: string, bound: number, errors: readonly number[]): Quantity => ({
  name,
  cases: errors.length,
  error: errors.reduce((a, b) => Math.max(a, b), 0),
  bound,
})

/** Sizes and frame indices must equal the reference's exactly, resized bytes within 1. */
export const check: Check = async path => {
  const golden = JSON.parse(await readFile(path, 'utf8')) as Golden
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))
  return [
    worst(
      'smartResize',
      0,
      golden.smartResize.map(c => distance(orNull(smartResize(c.height, c.width, c)), c.expected)),
    ),
    worst(
      'frameIndices',
      0,
      golden.frameIndices.map(c => {
        const ours = F.pipe(
          frameCount(specOf(c.options), c.total, c.fps),
          E.map(count => spaced(c.total, count)),
        )
        return distance(orNull(ours), c.expected)
      }),
    ),
    worst(
      'resize',
      1,
      golden.resize.map(c => {
        const { height, width } = c
        const ours = resize({ data: bytes(c.input), count: 1, height, width, times: [0] }, c.toHeight, c.toWidth)
        return distance(E.isRight(ours) ? ours.right.data : null, bytes(c.expected))
      }),
    ),
  ]
}
